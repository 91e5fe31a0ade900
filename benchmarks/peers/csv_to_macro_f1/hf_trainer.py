from datasets import load_dataset
from sklearn.metrics import f1_score
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

MODEL = "google-bert/bert-base-uncased"
rows = load_dataset("csv", data_files={"train": "train.csv", "test": "test.csv"})
rows = rows.class_encode_column("label")
labels = rows["train"].features["label"].names
tokenizer = AutoTokenizer.from_pretrained(MODEL)
rows = rows.map(lambda some: tokenizer(some["text"], truncation=True, max_length=128), batched=True)
model = AutoModelForSequenceClassification.from_pretrained(MODEL, num_labels=len(labels))
settings = {"learning_rate": 5e-5, "num_train_epochs": 3, "per_device_train_batch_size": 32}
arguments = TrainingArguments("run", report_to="none", **settings)
trainer = Trainer(model, arguments, DataCollatorWithPadding(tokenizer), rows["train"])
trainer.train()
predicted = trainer.predict(rows["test"]).predictions.argmax(-1)
print(f1_score(rows["test"]["label"], predicted, average="macro"))
