import tfclf

classifier = tfclf.train(tfclf.Job("train.csv", "run", test="test.csv"))
print(classifier.metrics["test"]["macro_f1"])
