from qa.judging import language_of


def test_the_language_of_a_context_is_told():
    assert language_of("The talks ended without a joint statement.") == "en"
    assert language_of("Perundingan berakhir tanpa pernyataan bersama.") == "id"
