import os
import signal

import numpy as np
import pytest
from doubles import WordEncoder

from index.article import Article
from index.errors import ModelError
from index.library import Library
from index.workers import BLOCK, ParallelEncoder


class EndedEncoder(WordEncoder):
    """Its process is ended from outside."""

    def encode_documents(self, texts, progress=None):
        os.kill(os.getpid(), signal.SIGKILL)


class InterruptedEncoder(WordEncoder):
    """Ctrl-C comes as soon as there is something to do."""

    def encode_documents(self, texts, progress=None):
        os.kill(os.getpid(), signal.SIGINT)
        return super().encode_documents(texts, progress)


def told_while_a_process_starts():
    assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    return WordEncoder


class Starting:
    def __reduce__(self):
        return told_while_a_process_starts, ()


def test_several_processes_encode_the_same_in_the_same_order():
    own, told = WordEncoder(), []
    texts = [f"Kalimat {i}." for i in range(2 * BLOCK + 7)]
    with ParallelEncoder(own, WordEncoder, 2) as parallel:
        encoded = parallel.encode_documents(texts, told.append)
        assert parallel.fingerprint == own.fingerprint
        assert parallel.encode_documents([]).languages == ()
    np.testing.assert_array_equal(encoded.rows, own.encode_documents(texts).rows)
    assert len(encoded.languages) == len(texts)
    assert told == [BLOCK, BLOCK, 7]


def test_a_process_that_is_killed_is_told_in_words_and_nothing_is_stored(tmp_path):
    with Library.open(tmp_path / "l", WordEncoder()) as library:
        with (
            ParallelEncoder(library.encoder, EndedEncoder, 2) as library.encoder,
            pytest.raises(ModelError, match="fewer --workers"),
        ):
            library.add([Article.from_text("Satu. Dua.")])
        assert len(library) == 0


def test_ctrl_c_ends_the_processes_without_a_traceback_of_theirs(capfd):
    with ParallelEncoder(WordEncoder(), InterruptedEncoder, 1) as parallel, pytest.raises(ModelError):
        parallel.encode_documents(["Satu."])
    with ParallelEncoder(WordEncoder(), Starting(), 1) as parallel:
        assert len(parallel.encode_documents(["Satu."]).rows) == 1
    assert capfd.readouterr().err == ""
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_the_processes_take_no_module_from_the_folder_one_is_in(downloads):
    with ParallelEncoder(WordEncoder(), WordEncoder, 1) as parallel:
        assert len(parallel.encode_documents(["Satu."]).rows) == 1
    assert not (downloads / "trace").exists()
    assert "PYTHONSAFEPATH" not in os.environ  # that is for who starts a process to decide
