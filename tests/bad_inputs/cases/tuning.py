"""Studies, range tests, weights and recipes of others that cannot be."""

from tests.bad_inputs.bad_input import BadInput

TUNE = "tune good.csv --output study --model encoder --max-length 19"
FIND = "lr-find good.csv --model encoder --max-length 19"
TRAIN = "train good.csv --output new --model encoder --max-length 19"
WEIGHED = "train weighed.csv --output new --model encoder --max-length 19 --weight weight"
NO_NUMBER = "Write 1 where a row counts"
GIVE_A_STUDY = "Give the folder of a study that has ended, or a run directory."


def weighed(weight: str) -> BadInput:
    rows = f"text,label,weight\nthe film was good,good,1\nbad,bad,{weight}\n"
    return BadInput(f"weight {weight!r}", WEIGHED, "weighed.csv, line 3: column 'weight'",
                    NO_NUMBER, {"weighed.csv": rows})  # fmt: skip


SEARCHED = {
    "epochs": "expected NAME=LOW..HIGH or NAME=VALUE,VALUE",
    "epochs=": "expected NAME=LOW..HIGH or NAME=VALUE,VALUE",
    "epoch=1..3": "Expected one of batch_size",
    "seed=1..3": "Expected one of batch_size",
    "epochs=4..2": "expected the smaller one first",
    "epochs=2..2": "expected the smaller one first",
    "epochs=0..2": "expected a whole number >= 1",
    "epochs=1.5..3": "expected a whole number >= 1",
    "learning-rate=0..1": "a positive number|expected more than 0",
    "learning-rate=fast..slow": "expected two numbers",
    "batch-size=8,many": "expected a whole number >= 1",
    "loss=hinge,focal": "expected one of auto, cross-entropy",
    "sampling=some": "expected one of auto, none",
    "freeze=half": "expected encoder, embeddings, or a number",
    "warmup=0..1": "expected a number in [0, 1)",
    "precision=float8,float32": "expected one of auto, float32",
}
STUDIES = [
    *(BadInput(f"search {said}", f"{TUNE} --search {said}", "search: ", remedy)
      for said, remedy in SEARCHED.items()),
    BadInput("no trials", f"{TUNE} --trials 0", "trials is 0", "expected a whole number >= 1"),
    BadInput("fewer confirmations than none", f"{TUNE} --confirmations -1", "confirmations is -1",
             "expected a whole number >= 0"),
    BadInput("one fold", f"{TUNE} --folds 1", "folds is 1", "expected a whole number >= 2"),
    BadInput("more folds than rows", f"{TUNE} --folds 99", "good.csv: ",
             "Give more rows, or ask for fewer folds."),
    BadInput("folds of validation rows", f"{TUNE} --folds 2 --validation good.csv", "folds are of",
             "Leave --folds or --validation out."),
    BadInput("nothing to compare on", f"{TUNE} --validation-share 0", "validation rows",
             "Give --validation FILE"),
    BadInput("a study of no file", "tune missing.csv --output study --model encoder", "missing.csv",
             "Check the path."),
    BadInput("a study of one label", "tune one.csv --output study --model encoder", "one.csv",
             "check the label column", {"one.csv": "text,label\na,x\nb,x\n"}),
    BadInput("a study over a run", "tune good.csv --output run --model encoder --max-length 19",
             "run: the folder is not empty", "Choose another --output."),
    BadInput("a study that is a text", TUNE, "study: study.db cannot be read",
             "Choose another --output", {"study/study.db": "trials"}),
    BadInput("a study without an output", "tune good.csv --model encoder", "--output",
             "Missing option"),
    BadInput("a study with an option of train alone", f"{TUNE} --test good.csv", "--test",
             "No such option"),
]  # fmt: skip
RANGES = [
    BadInput("few steps", f"{FIND} --steps 9", "steps is 9", "expected a whole number >= 10"),
    BadInput("rates that fall", f"{FIND} --lowest 1 --highest 0.1", "rates from 1.0 to 0.1",
             "expected 0 < lowest < highest"),
    BadInput("a rate of 0", f"{FIND} --lowest 0", "rates from 0", "expected 0 < lowest < highest"),
    BadInput("a picture of another kind", f"{FIND} --output rates.jpg", "output: ",
             "expected a .png file"),
    BadInput("a picture in no folder", f"{FIND} --output no/rates.png", "no: ",
             "choose another --output"),
    BadInput("a rate to find a rate", f"{FIND} --learning-rate 1", "--learning-rate",
             "No such option"),
]  # fmt: skip
RECIPES = [
    BadInput("a recipe of nothing", f"{TRAIN} --recipe missing", "missing: ", GIVE_A_STUDY),
    BadInput("a recipe of rows", f"{TRAIN} --recipe good.csv", "good.csv: ", GIVE_A_STUDY),
    BadInput("a recipe of a model", f"{TRAIN} --recipe encoder", "encoder: ", GIVE_A_STUDY),
    BadInput("a recipe that is cut", f"{TRAIN} --recipe other", "tuning.json", "other: ",
             {"other/tuning.json": '{"recipe": {"epo'}),
    BadInput("a recipe without one", f"{TRAIN} --recipe other", "tuning.json", "lacks 'recipe'",
             {"other/tuning.json": "{}"}),
    BadInput("a recipe of an unknown setting", f"{TRAIN} --recipe other", "tuning.json", "speed",
             {"other/tuning.json": '{"recipe": {"speed": 3}}'}),
    BadInput("a recipe of an impossible setting", f"{TRAIN} --recipe other", "tuning.json",
             "expected a whole number >= 1", {"other/tuning.json": '{"recipe": {"epochs": 0}}'}),
    BadInput("a warm-up of all steps", f"{TRAIN} --warmup 1", "warmup is 1",
             "expected a number in [0, 1)"),
]  # fmt: skip
WEIGHTS = [
    *map(weighed, ("", "-1", "much", "nan", "inf")),
    BadInput("no column of weights", f"{TRAIN} --weight weight", "good.csv, line 1: no column",
             "Declare yours: --weight COLUMN."),
    BadInput("labels as weights", f"{TRAIN} --weight label", "'label'", "--weight COLUMN"),
    BadInput("weights that are all 0", WEIGHED, "weighed.csv: ", "Give some of them 1.",
             {"weighed.csv": "text,label,weight\n"
              + "".join(f"film {c},x,0\nugly {c},y,0\n" for c in "abcdefgh")}),
    BadInput("weights of sentences", "train good.conll --output new --model encoder --max-length 19"
             " --task token --weight weight", "good.conll", "Leave --weight out"),
]  # fmt: skip
TUNING = [*STUDIES, *RANGES, *RECIPES, *WEIGHTS]
