"""Scores iris flowers: a DataFrame in, species out."""

import joblib


def init():
    global model
    model = joblib.load("model.pkl")


def run(input_df):
    return {"labels": model.predict(input_df).tolist()}
