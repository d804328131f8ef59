"""The REST interface does what its OpenAPI description says, for whatever is sent to it."""

import pytest
import schemathesis
from doubles import WordEncoder, WordReader
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from index.article import Article
from index.library import Library
from qa.calibration import Calibration
from qa.guard import Rules
from qa.pipeline import Pipeline
from qa.server import create_api

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture(scope="module")
def rest():
    with Library.in_memory(WordEncoder()) as library:
        library.add([Article.from_text("Ketua rapat bernama Sari.")])
        api = create_api(Pipeline(library, WordReader(), Calibration()), Rules(rate=10**9, body=10**6))
        yield schemathesis.openapi.from_asgi("/openapi.json", api)


@pytest.mark.filterwarnings("ignore")
def test_every_reply_is_as_described(rest):
    operations = [result.ok() for result in rest.get_all_operations()]
    assert len(operations) >= 10
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        def replies(case):
            case.call_and_validate(checks=CHECKS)

        replies()
