"""A model on several devices for as long as it trains."""

import keras
import pytest

from tfclf.errors import ArgumentError
from tfclf.models import TFBertForSequenceClassification
from tfclf.training.devices import ONE_DEVICE, Devices, spread


def test_on_one_device_it_is_the_model_itself(tiny_config):
    model = TFBertForSequenceClassification(tiny_config)
    with spread(model, ONE_DEVICE) as same:
        assert same is model


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="of TensorFlow alone")
def test_float16_is_refused_on_several(tiny_config):
    model = TFBertForSequenceClassification(tiny_config, dtype="mixed_float16")
    with pytest.raises(ArgumentError, match="float16 on 2 devices.*bfloat16"):
        with spread(model, Devices(("GPU:0", "GPU:1"))):
            pass
