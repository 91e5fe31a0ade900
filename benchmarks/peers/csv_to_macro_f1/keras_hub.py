import keras
import pandas
from keras_hub.models import BertTextClassifier
from sklearn.metrics import f1_score

train, test = pandas.read_csv("train.csv"), pandas.read_csv("test.csv")
labels = sorted(train["label"].unique())
classifier = BertTextClassifier.from_preset("bert_base_en_uncased", num_classes=len(labels))
classifier.preprocessor.sequence_length = 128
classifier.compile(
    keras.optimizers.AdamW(5e-5), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
)
ids = train["label"].map(labels.index).to_numpy()
classifier.fit(train["text"].to_numpy(), ids, batch_size=32, epochs=3)
predicted = classifier.predict(test["text"].to_numpy()).argmax(-1)
print(f1_score(test["label"].map(labels.index), predicted, average="macro"))
