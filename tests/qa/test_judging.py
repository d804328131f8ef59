from index.languages import identify
from qa.judging import language_of


def test_the_language_of_a_context_is_told():
    assert language_of("The talks ended without a joint statement.") == "en"
    assert language_of("Perundingan berakhir tanpa pernyataan bersama.") == "id"


def test_telling_it_does_not_narrow_what_others_are_told():
    language_of("The talks ended.")
    german = "Der Präsident traf sich gestern in der Hauptstadt mit dem Minister, um über Reis zu reden."
    assert identify(german) == "de"
