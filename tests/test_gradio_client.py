"""Gradio's own client gets the same answers as everybody else."""

import base64
import json

import pytest
from doubles import WordReader
from gradio_client import Client
from serving import built, free_port, listening

from app import mounted
from index.library import Library
from qa.calibration import Calibration
from qa.guard import Rules
from qa.pipeline import Pipeline
from qa.public import public_answer
from qa.rest.settings import Settings
from qa.serving import create_app

PASSWORD = "redaksi:rahasia"
BASIC = {"authorization": "Basic " + base64.b64encode(PASSWORD.encode()).decode()}
WAYS = {"open": None, "name and password": BASIC, "password alone": {"authorization": "Bearer rahasia"}}


@pytest.fixture(scope="module")
def pipeline(library_in_memory: Library) -> Pipeline:
    return Pipeline(library_in_memory, WordReader(), Calibration())


@pytest.fixture(scope="module", params=WAYS)
def client(request, pipeline):
    headers = WAYS[request.param]
    app = built(create_app(pipeline, Rules.of("127.0.0.1", auth=PASSWORD if headers else ""), Settings(), mounted))
    with listening(app, free_port()) as url:
        client = Client(url, headers=headers, verbose=False, analytics_enabled=False, download_files=False)
        yield client
        client.close()


def test_the_client_gets_the_answer_of_python(client, pipeline):
    got = client.predict("Ketua rapat bernama?", api_name="/answer")
    wanted = json.loads(json.dumps(public_answer(pipeline.answer("Ketua rapat bernama?"))))
    assert got | {"timings": 0} == wanted | {"timings": 0}
    assert got["text"] == "Sari"
    assert set(got["timings"]) == set(wanted["timings"])


def test_a_question_that_cannot_be_asked_is_an_error_in_words(client):
    with pytest.raises(Exception, match="the question is blank"):
        client.predict("?", api_name="/answer")


def test_the_client_can_ask_what_it_may_call(client):
    described = client.view_api(return_format="dict", print_info=False)["named_endpoints"]["/answer"]
    assert [parameter["parameter_name"] for parameter in described["parameters"]] == ["question"]


def test_without_the_password_the_client_gets_nothing(pipeline):
    with listening(
        built(create_app(pipeline, Rules.of("127.0.0.1", auth=PASSWORD), Settings(), mounted)), free_port()
    ) as url:
        with pytest.raises(Exception, match=r"401|credentials"):
            Client(url, verbose=False, analytics_enabled=False)
        with pytest.raises(Exception, match=r"401|credentials"):
            Client(url, verbose=False, analytics_enabled=False, headers={"authorization": "Basic eDp5"})
