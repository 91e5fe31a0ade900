"""``tfclf convert``, as a user types it."""

import numpy as np

from tests.conftest import write_tokenizer


def test_it_tells_what_became_of_every_tensor(tfclf, oracle, golden_inputs, golden, tmp_path):
    from tfclf import TFBertForSequenceClassification

    new = tmp_path / "new"
    status, out, err = tfclf("convert", oracle / "tiny-sequence-h5", new)
    assert status == 0, err
    lines = out.splitlines()
    assert lines[0].endswith("tf_model.h5: BertForSequenceClassification, 57 tensors read")
    assert "  bert/pooler: 2" in lines
    assert "Missing: none" in lines and "Left behind: none" in lines
    assert any(line.startswith("No tokenizer: ") for line in lines)
    assert lines[-1] == (
        f"Load it: transformers.BertForSequenceClassification.from_pretrained({str(new)!r})"
    )
    logits = TFBertForSequenceClassification.from_pretrained(new)(golden_inputs)
    np.testing.assert_allclose(logits, golden["logits"], atol=1e-5)


def test_what_is_left_behind_is_named(tfclf, tiny_config, tmp_path):
    """The pooler of a checkpoint that classifies tokens, which has no use for one."""
    from tfclf import TFBertForSequenceClassification

    old = tmp_path / "old"
    TFBertForSequenceClassification(tiny_config).save_pretrained(old)
    write_tokenizer(old)
    config = old / "config.json"
    config.write_text(config.read_text().replace("ForSequence", "ForToken"))
    status, out, err = tfclf("convert", old, tmp_path / "new")
    assert status == 0, err
    assert "Left behind: bert.pooler.dense.bias, bert.pooler.dense.weight" in out
    assert "tokenizer.json" in out and "No tokenizer" not in out


def test_bad_folders(tfclf, oracle, tmp_path):
    old = oracle / "tiny-sequence-h5"
    status, _, err = tfclf("convert", tmp_path / "none", tmp_path / "new")
    assert (status, "no such folder" in err) == (1, True)
    status, _, err = tfclf("convert", old, old)
    assert (status, "expected a new or empty folder" in err) == (1, True)
    assert list(tmp_path.iterdir()) == []
    assert tfclf("convert", old)[0] == 2
