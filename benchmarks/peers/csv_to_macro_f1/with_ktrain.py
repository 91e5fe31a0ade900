import ktrain
import pandas
from ktrain import text
from sklearn.metrics import f1_score

train, test = pandas.read_csv("train.csv"), pandas.read_csv("test.csv")
labels = sorted(train["label"].unique())
transformer = text.Transformer("bert-base-uncased", maxlen=128, class_names=labels)
rows = transformer.preprocess_train(train["text"].tolist(), train["label"].tolist())
learner = ktrain.get_learner(transformer.get_classifier(), train_data=rows, batch_size=32)
learner.fit_onecycle(5e-5, 3)
predictor = ktrain.get_predictor(learner.model, preproc=transformer)
predicted = predictor.predict(test["text"].tolist())
print(f1_score(test["label"], predicted, average="macro"))
