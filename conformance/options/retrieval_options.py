"""The options that enable tests of the tool retrieval: a storage bucket, and a question that its documents answer."""

from __future__ import annotations

from conformance.options.option import Option

RETRIEVAL = (
    Option(
        "retrieval_bucket",
        "Name of a storage bucket of the target. The suite tests whether the tool `retrieval` uses the documents in"
        " this bucket. The storage bucket must contain several documents.",
        metavar="NAME",
        default_text="none, so the effect of retrieval is not tested",
        reference=False,
    ),
    Option(
        "retrieval_question",
        "Question that only a document in the bucket answers. Without the document, the model must not know"
        " the answer.",
        metavar="TEXT",
        reference=False,
    ),
    Option(
        "retrieval_answer",
        "Text that the right answer to --retrieval-question contains, for example a number.",
        metavar="TEXT",
        reference=False,
    ),
    Option(
        "retrieval_other_bucket",
        "Another storage bucket of the target, whose documents do not answer --retrieval-question.",
        metavar="NAME",
        reference=False,
    ),
)
