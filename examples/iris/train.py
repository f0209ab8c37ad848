"""Trains the iris models in seconds and writes what a deployment takes beside them.

model.pkl                the model that the demo deploys
model-next.pkl           a better one, for `slipway service update iris -m model-next.pkl`
service_schema.json      the service's input, made by generate_schema
conda_dependencies.yml   the packages, at the versions that the models were trained with
"""

import importlib.metadata
import sys
from pathlib import Path

import joblib
from azureml.api.realtime.services import generate_schema
from azureml.api.schema.dataTypes import DataTypes
from azureml.api.schema.sampleDefinition import SampleDefinition
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

COLUMNS = ["sepal length", "sepal width", "petal length", "petal width"]
PACKAGES = ["scikit-learn", "pandas", "numpy", "joblib"]


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    data = load_iris(as_frame=True)
    flowers = data.data.set_axis(COLUMNS, axis="columns")
    species = data.target_names[data.target]
    seen, unseen, labels, expected = train_test_split(flowers, species, random_state=7, stratify=species)

    for name, strength in (("model.pkl", 0.1), ("model-next.pkl", 10.0)):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength)).fit(seen, labels)
        joblib.dump(model, out / name)
        print(f"{name}: {model.score(unseen, expected):.3f} of {len(unseen)} unseen flowers are right")

    def run(input_df):
        return {"labels": []}

    inputs = {"input_df": SampleDefinition(DataTypes.PANDAS, unseen.head(3))}
    generate_schema(run, inputs=inputs, filepath=str(out / "service_schema.json"))
    pins = "\n".join(f"      - {name}=={importlib.metadata.version(name)}" for name in PACKAGES)
    (out / "conda_dependencies.yml").write_text(f"name: iris\ndependencies:\n  - pip:\n{pins}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
