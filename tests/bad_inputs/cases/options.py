"""Options out of range, misspelt, or at odds with each other."""

from tests.bad_inputs.bad_input import BadInput

HELP = "train --help' for help."
AUTO = "expected a number or auto"
LEAVE = "leave it out"


def train(options: str, place: str, remedy: str) -> BadInput:
    return BadInput(f"train {options}", f"train good.csv {options}", place, remedy)


def out_of(option: str, name: str, values: str, expected: str) -> list[BadInput]:
    """One option at several values that it cannot have."""
    return [train(f"--{option} {value}", f"{name} is", expected) for value in values.split()]


NUMBERS = [
    *out_of("epochs", "epochs", "1.5 x inf nan 1e3 1_0 \u0663", AUTO),
    *out_of("epochs", "epochs", "0 -1", "expected a whole number >= 1"),
    *out_of("epochs", "epochs", "99999999999", "at most 2147483647"),
    *out_of("learning-rate", "learning_rate", "0 -1 nan inf 1e-400", "expected a positive number"),
    *out_of("learning-rate", "learning rate", "fast 2e-5x 1_0.5", AUTO),
    *out_of("batch-size", "batch_size", "0 -4", "expected a whole number >= 1"),
    *out_of("batch-size", "batch_size", "99999999999", "at most 2147483647"),
    *out_of("max-length", "max_length", "2 -1 0", "expected a whole number >= 3"),
    *out_of("max-length", "max_length", "42 600", "Pass --max-length 41 or less."),
    *out_of("gamma", "gamma", "-1 nan inf", "expected a number in [0, inf)"),
    *out_of("tau", "tau", "-1 nan", "expected a number in [0, inf)"),
    *out_of("label-smoothing", "label_smoothing", "1 -0.1 nan", "expected a number in [0, 1)"),
    *out_of("reweight-epoch", "reweight_epoch", "1 0", "expected a whole number >= 2"),
    *out_of("token-noise", "token_noise", "1 -1", "expected a number in [0, 1)"),
    *out_of("mixup", "mixup", "-1 nan inf", "expected a number in [0, inf)"),
    *out_of("sampling-ratio", "sampling_ratio", "0 2 nan", "expected a number in (0, 1]"),
    *out_of("patience", "patience", "0 -2", "expected a whole number >= 1"),
    *out_of("mlp-head", "head_hidden_size", "0 -3", "expected a whole number >= 1"),
    *out_of("seed", "seed", "-1", "expected a whole number >= 0"),
    *out_of("seed", "seed", "4294967296 99999999999999999999", "at most 4294967295"),
    *out_of("freeze", "freeze", "all 0 -1 1.5", "expected encoder, embeddings, or a number"),
    *out_of("layer-decay", "layer_decay", "0 1.1 nan", "expected a number in (0, 1]"),
    *out_of("head-rate", "head_learning_rate", "0 -1 nan", "expected a positive number"),
    *out_of("reinit-layers", "reinit_layers", "-1", "expected a whole number >= 0"),
    *out_of(
        "reinit-layers",
        "the number of layers to start anew",
        "2",
        "expected a number of layers from 0 to 1",
    ),
    *out_of("batch-tokens", "batch_tokens", "0", "expected a whole number >= 1"),
    *out_of("batch-tokens", "batch_tokens", "5", "Pass --batch-tokens 19 or more"),
    *out_of(
        "gradient-accumulation-steps", "gradient_accumulation_steps", "0 -1", "whole number >= 1"
    ),
    *out_of("steps-per-execution", "steps_per_execution", "0", "expected a whole number >= 1"),
    *out_of("steps-per-execution", "steps per execution", "x", AUTO),
    *out_of("devices", "devices", "0 -1", "Pass --devices 1"),
    *out_of("devices", "devices", "all 1.0", AUTO),
    train("--devices 99", "devices", "Pass --devices 1, or leave it out."),
    *out_of("validation-share", "validation share", "1 -0.1 nan", "expected a share in [0, 1)"),
    train("--max-windows 0 --long-text windows", "max_windows is 0", "at least 1"),
    train("--window-stride 0 --long-text windows", "stride is 0", "at least 1"),
    train(
        "--window-stride 99 --long-text windows", "the stride is 99", "a smaller --window-stride"
    ),
]

# What is no number where one is expected is told by the parser, with the option's name.
NO_NUMBER = [
    train(f"--{option} x", f"'--{option}'", HELP)
    for option in (
        "batch-size", "max-length", "gamma", "tau", "label-smoothing", "reweight-epoch",
        "sampling-ratio", "token-noise", "mixup", "patience", "mlp-head", "seed", "thaw-epoch",
        "layer-decay", "head-rate", "reinit-layers", "window-stride", "max-windows",
        "batch-tokens", "gradient-accumulation-steps", "validation-share",
    )
]  # fmt: skip

CHOICES = [
    train("--task poem", "unknown task 'poem'", "expected one of single-label"),
    train("--loss mse", "loss is 'mse'", "expected one of auto, cross-entropy"),
    train("--loss mean-squared-error", "loss 'mean-squared-error'", "expected one of auto, cross"),
    train("--loss binary-focal", "loss 'binary-focal'", "expected one of auto, cross-entropy"),
    train(
        "--loss focal --task multi-label --label label", "loss 'focal'", "expected one of auto, b"
    ),
    train("--class-weights magic", "class_weights is 'magic'", "expected one of auto, none"),
    train("--class-weights 5", "class_weights is '5'", "one number a label"),
    train("--sampling most", "sampling is 'most'", "expected one of auto, none, oversample"),
    train("--head-start warm", "head_start is 'warm'", "expected one of auto, probe, random"),
    train("--on-collapse pray", "on_collapse is 'pray'", "expected one of rescue, stop"),
    train("--decisions coin", "decisions is 'coin'", "expected one of auto, validation"),
    train("--decay sine", "decay is 'sine'", "expected one of linear, cosine"),
    train("--decoding beam", "decoding is 'beam'", "expected one of argmax, viterbi"),
    train("--subwords some", "subwords is 'some'", "expected one of first, all"),
    train("--log-to excel", "unknown log 'excel'", "expected one of tensorboard, wandb"),
    train("--long-text middle", "long text: 'middle'", "expected one of head, tail"),
    train("--window-pooling min", "pooling: 'min'", "expected one of mean, max"),
    train("--normalize NFX", "unknown Unicode form 'NFX'", "expected one of NFC, NFD"),
    train("--normalize nfc", "unknown Unicode form 'nfc'", "expected one of NFC, NFD"),
    train("--precision fp8", "precision is 'fp8'", "auto takes the faster one"),
    train("--jit maybe", "jit is 'maybe'", "expected one of auto, on, off"),
    train("--tag-scheme xyz", "tag scheme: 'xyz'", "expected one of auto, bio"),
    train("--broken-tags hide", "broken tags: 'hide'", "expected one of repair, refuse"),
    train("--convert-tags xyz", "converted tags: 'xyz'", "bio, iob1, iobes"),
    train("--empty-text burn", "empty_text is 'burn'", "expected one of keep, drop"),
    train("--separator ", "the separator of labels is ''", "expected a sign"),
    train("--separator \u2423", "the separator of labels is ' '", "expected a sign"),
    train("--replace abc", "replace", "expected OLD=NEW"),
    train("--replace =x", "replacements", "old not empty"),
]

TOGETHER = [
    train(
        "--class-weights 1,2", "2 class weights for 3 labels", "one number a label, in this order"
    ),
    train("--class-weights 1,2,3,4", "4 class weights for 3 labels", "one number a label"),
    train("--class-weights 1,2,0", "class_weights are", "one positive finite number a class"),
    train("--class-weights 1,2,-3", "class_weights are", "one positive finite number a class"),
    train("--class-weights 1,2,nan", "class_weights are", "one positive finite number a class"),
    train("--class-weights 1,2,", "class weights are '1,2,'", "numbers with commas between them"),
    train("--class-weights 1,2_0,3", "class weights are", "numbers with commas between them"),
    train("--reweight-epoch 2", "reweight_epoch is 2", "--class-weights effective"),
    train(
        "--reweight-epoch 99 --class-weights inverse --epochs 2",
        "reweight_epoch",
        "an earlier epoch",
    ),
    train("--sampling-ratio 0.5", "sampling_ratio is 0.5", "--sampling oversample"),
    train("--token-noise 0.1", "token_noise is 0.1", "Pass --sampling oversample"),
    train("--sampling smote", "sampling is smote", "Pass --freeze encoder"),
    train(
        "--sampling smote --freeze encoder --mixup 0.2", "sampling is smote", "Leave out --mixup"
    ),
    train("--sampling balanced --task multi-label --label label", "sampling balanced", "Choose"),
    train("--mixup 0.2 --freeze encoder --thaw-epoch 2", "mixup is 0.2", "Leave out --mixup"),
    train("--thaw-epoch 2", "thaw_epoch is 2", "--freeze encoder"),
    train("--thaw-epoch 99 --freeze encoder --epochs 2", "thaw_epoch is 99", "an earlier epoch"),
    train("--gradient-checkpointing --freeze encoder", "gradient_checkpointing", "Leave it out."),
    train("--gamma 3 --loss cross-entropy", "gamma is 3.0", "Pass --loss focal"),
    train("--tau 3 --loss focal", "tau is 3.0", "Pass --loss logit-adjusted"),
    train("--decoding viterbi", "decoding 'viterbi' is for tags", "Leave it out."),
    train("--subwords all", "--subwords changes nothing", LEAVE),
    train("--tag-scheme bio", "--tag-scheme changes nothing", LEAVE),
    train("--convert-tags bio", "--convert-tags changes nothing", LEAVE),
    train("--window-stride 5", "--window-stride changes nothing", LEAVE),
    train("--window-pooling max", "--window-pooling changes nothing", LEAVE),
    train("--max-windows 3", "--max-windows changes nothing", LEAVE),
    train("--patience 3 --validation-share 0", "--patience changes nothing", LEAVE),
    train("--decisions validation --validation-share 0", "--decisions changes nothing", LEAVE),
    train("--text-pair x --tokens y", "words have no pairs", "Leave --text-pair or --tokens out."),
    train("--text-pair text", "text and text pair are one column", "--text-pair COLUMN"),
    train("--head a=single-label:label", "one head, 'a'", "--task single-label"),
    train("--head a --head b", "head: expected NAME=TASK", "got 'a'"),
    train("--head a=poem:x --head b=token:y", "unknown task 'poem'", "expected one of"),
    train("--head a=token:x --head a=token:y", "two heads have the name 'a'", "two heads"),
    train("--head a=token:x --head b=token:x", "two heads have the label column 'x'", "two heads"),
    train("--head 1a=token:x --head b=token:y", "'1a'", "expected a letter"),
    train("--head a=token:x*0 --head b=token:y", "the weight of a is 0.0", "expected above 0"),
    train(
        "--head a=single-label:label*x --head b=single-label:text2", "'label*x'", "Check the column"
    ),
]

PRIORS = [
    train(f"--deployment-prior {value}", "deployment prior", remedy)
    for value, remedy in (
        ("good=1", "got no share of 'bad', 'ugly'"),
        ("good=0.5,bad=0.3,nice=0.2", "got no share of 'ugly'"),
        ("good=0.4,bad=0.3,ugly=0.2,nice=0.1", "a share of what is no label: 'nice'"),
        ("good=0.5,bad=0.5,ugly=0.5", "Divide each share by the sum."),
        ("good=0.5,bad=0.5,ugly=0", "as 1e-6"),
        ("good=1,bad=1,ugly=-1", "as 1e-6"),
        ("good=nan,bad=0.5,ugly=0.5", "as 1e-6"),
        ("good=0.1,good=0.5,bad=0.3,ugly=0.2", "Leave one of them out."),
        ("good", "expected LABEL=SHARE,LABEL=SHARE"),
        ("good=x", "expected LABEL=SHARE,LABEL=SHARE"),
        ("good=0_5", "expected LABEL=SHARE,LABEL=SHARE"),
        (",", "expected LABEL=SHARE,LABEL=SHARE"),
    )
]

SPELLINGS = [
    train("--epoch 3", "--epoch", HELP),
    train("--lr 1", "--lr", HELP),
    train("--learning_rate 1", "--learning_rate", HELP),
    train("--nothing", "--nothing", HELP),
    train("--quotes yes", "(yes)", HELP),
    train("more.csv", "(more.csv)", HELP),
    BadInput("no arguments", "train", "Missing argument", HELP),
    BadInput("no such verb", "sing", "'sing'", "--help"),
    BadInput("no such option", "--nothing", "--nothing", "--help"),
    BadInput("evaluate without a file", "evaluate run", "Missing argument", "evaluate --help"),
    BadInput("predict without a file", "predict run", "Missing argument", "predict --help"),
    BadInput("predict with labels", "predict run good.csv --label x", "--label", "predict --help"),
    BadInput("export without a folder", "export run", "Missing argument", "export --help"),
    BadInput("sample without a name", "sample", "Missing argument", "sample --help"),
    BadInput("augment without rows", "augment", "Missing argument", "augment --help"),
    BadInput("doctor without a file", "doctor --json", "Missing argument", "doctor --help"),
    BadInput("demo with a word", "demo x", "(x)", "demo --help"),
]

OPTIONS = [*NUMBERS, *NO_NUMBER, *CHOICES, *TOGETHER, *PRIORS, *SPELLINGS]
