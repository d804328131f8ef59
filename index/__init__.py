"""The lower layer: articles, sentences, vectors and the stored library. Knows nothing of answers."""
