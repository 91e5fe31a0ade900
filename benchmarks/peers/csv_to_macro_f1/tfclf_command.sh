tfclf train train.csv --output run --test test.csv
