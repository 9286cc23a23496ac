"""Findings of one fault are one cause, wherever they were found; the most important cause comes first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.causes import Cause, SymptomKind, find_causes
from conformance.contract import load_registry
from conformance.verdict import Finding, Level, Outcome, Verdict, outcome_of_break
from conformance.wire import Exchange, Request

REGISTRY = load_registry()
SSE = (("content-type", "text/event-stream"),)


def exchange(name: str, status: int = 200, *, body: Any = None, stream: bool = False, **asked: Any) -> Exchange:
    sent = {"model": "m", "messages": [], **asked, **({"stream": True} if stream else {})}
    return Exchange(
        name,
        Request("POST", "http://h/v1/chat/completions", (), json.dumps(sent).encode()),
        status=status,
        headers=SSE if stream else (),
        body=json.dumps(body or {}).encode(),
    )


def broken(requirement: str, *findings: Finding, on: int = 0, seen: int = 0) -> Verdict:
    level = REGISTRY[requirement].level if requirement in REGISTRY else Level.MUST
    return Verdict(requirement, level, outcome_of_break(level), findings=findings, broken=on, seen=seen)


def causes(verdicts: list[Verdict], *exchanges: Exchange) -> tuple[Cause, ...]:
    known: Mapping[str, Exchange] = {each.id: each for each in exchanges}
    return find_causes(verdicts, REGISTRY, known)


def at_status(name: str, param: str, status: int = 500) -> Finding:
    return Finding(f"a 4xx that names {param}", f"{status} …", "status", name)


def test_one_limit_ignored_by_three_names_is_one_cause() -> None:
    """The same parameter of several operations is served by the same code."""
    found = causes(
        [
            broken("chat.max-tokens.bounds", Finding("at most 8 tokens", "99", "/usage/completion_tokens", "x1")),
            broken("responses.max-output-tokens", Finding("at most 16 tokens", "99", "/usage/output_tokens", "x2")),
        ],
        exchange("x1", max_tokens=8),
        exchange("x2", max_output_tokens=16),
    )
    assert [cause.requirements for cause in found] == [("chat.max-tokens.bounds", "responses.max-output-tokens")]
    assert "`max_tokens`" in found[0].title
    assert found[0].silently_ignored


def test_a_member_that_the_schema_requires_is_called_missing() -> None:
    """Not "wrong: expected what the schema allows", which names nothing."""
    observed = 'required property "usage" is missing: {"id": "c"}'
    found = causes(
        [broken("chat.response.schema", Finding("what CreateChatCompletionResponse allows", observed, "/", "x1"))],
        exchange("x1"),
    )
    assert [cause.title for cause in found] == ["`usage` is missing in responses"]


def test_a_500_to_every_fault_is_one_cause_and_to_one_fault_a_cause_of_it() -> None:
    """Three parameters and more: the fault is in how errors are answered, not in what reads a parameter."""
    ids = ("error.n-type", "error.seed-type", "error.stop-type", "error.temperature-type")
    verdicts = [broken(name, at_status(f"x{number}", name[6:-5])) for number, name in enumerate(ids)]
    everywhere = broken("http.no-server-error", Finding("a status below 500", "500", "status", "x0"), on=4, seen=90)
    sent = [exchange(f"x{number}", 500) for number in range(4)]
    assert [len(cause.requirements) for cause in causes([*verdicts, everywhere], *sent)] == [5]
    one = causes([verdicts[0], everywhere], *sent)
    assert [set(cause.requirements) for cause in one] == [{"error.n-type", "http.no-server-error"}]
    assert (one[0].exchanges, one[0].of, one[0].symptom.kind) == (4, 90, SymptomKind.FAULT_AS_SERVER_ERROR)


def test_crashes_and_faults_answered_500_are_two_causes() -> None:
    """A valid request that is answered 500 is another fault than a faulty one that is."""
    image = Finding("a message with an image is accepted", "500", "status", "x2")
    found = causes(
        [broken("error.n-type", at_status("x1", "n")), broken("chat.messages.content-parts", image)],
        exchange("x1", 500, n="two"),
        exchange("x2", 500),
    )
    assert {cause.symptom.kind for cause in found} == {SymptomKind.FAULT_AS_SERVER_ERROR, SymptomKind.SERVER_ERROR}


def test_a_constraint_that_is_not_enforced_explains_its_keywords_in_the_same_operation() -> None:
    """Chat enforces some keywords; that another operation enforces nothing says nothing of chat."""
    prose, wrong = ("'a poem': not JSON and nothing else", '{"a": 1}: 1 is less than the minimum of 5')
    place = "/choices/0/message/content"
    keyword = broken("chat.json-schema.bounds", Finding("JSON", wrong, place, "x1"))
    whole = broken("chat.json-schema.enforced", Finding("JSON", prose, place, "x2"))
    sent = [exchange(name, response_format={}) for name in ("x1", "x2")]
    assert [cause.requirements for cause in causes([keyword, whole], *sent)] == [
        ("chat.json-schema.enforced", "chat.json-schema.bounds")
    ]
    other = Exchange("x3", Request("POST", "http://h/v1/responses", (), b'{"text": {"format": {}}}'), status=200)
    elsewhere = broken("responses.text-format", Finding("JSON", prose, "/output/0/content/0/text", "x3"))
    assert len(causes([keyword, elsewhere], *sent, other)) == 2


def test_two_faults_stay_two_causes() -> None:
    """Nothing in common but the operation."""
    found = causes(
        [
            broken("chat.stop.excluded", Finding("text without '3,'", "1, 2, 3,", "/choices/0/message/content", "x1")),
            broken("chat.n.count", Finding("2 choices", "1", "/choices", "x2")),
        ],
        exchange("x1", stop="3,"),
        exchange("x2", n=2),
    )
    assert [cause.symptom.subject for cause in found] == ["stop", "n"]


def test_a_wrong_stream_explains_what_only_streams_show() -> None:
    """The constraint holds without streaming; the streamed text is not the text."""
    text = Finding("the text of the answer", "other", "/choices/0/delta/content", "x1")
    found = causes(
        [
            broken("chat.stream.equals-json", text),
            broken("chat.json-schema.enforced", Finding("JSON", "not JSON", "/choices/0/delta/content", "x2")),
        ],
        exchange("x1", stream=True),
        exchange("x2", stream=True, response_format={}),
    )
    assert [len(cause.requirements) for cause in found] == [2]


def test_data_of_another_request_comes_first_then_what_most_exchanges_show() -> None:
    """Breadth counts every exchange that broke an invariant, not the five that are cited."""
    found = causes(
        [
            broken("chat.stop.excluded", Finding("a", "b", "/choices/0/message/content", "x1")),
            broken("chat.response.object", Finding("a", "b", "/object", "x1"), on=165, seen=165),
            broken("http.isolation", Finding("a", "b", "/choices/0/message/content", "x2")),
        ],
        exchange("x1", stop="3,"),
    )
    assert [cause.requirements[0] for cause in found] == [
        "http.isolation",
        "chat.response.object",
        "chat.stop.excluded",
    ]
    assert found[1].share == "165 exchanges"


def test_fails_come_before_warns() -> None:
    """A broken MUST outranks any number of SHOULDs."""
    found = causes(
        [
            broken("http.request-id", Finding("a", "b", "x-request-id", "x1"), on=400, seen=400),
            broken("chat.n.count", Finding("2 choices", "1", "/choices", "x1")),
        ],
        exchange("x1", n=2),
    )
    assert [cause.outcome for cause in found] == [Outcome.FAIL, Outcome.WARN]


def test_a_symptom_that_a_check_names_counts() -> None:
    """`kind:subject` as the cause of a finding says what was observed."""
    found = causes(
        [broken("chat.stop.excluded", Finding("a", "b", "", "x1", "field:usage"))], exchange("x1", stop="3,")
    )
    assert str(found[0].symptom) == "field:usage"


def test_what_is_not_broken_is_no_cause() -> None:
    """A MAY that is not offered is nothing to fix."""
    assert causes([Verdict("chat.n.count", Level.MAY, Outcome.UNSUPPORTED, findings=(Finding("a", "b"),))]) == ()


def test_keys_are_different() -> None:
    """A page links to each cause."""
    found = causes([broken(name, Finding("a", "b", "", "")) for name in ("gone.one", "gone.two")])
    assert len({cause.key for cause in found}) == 2


def streamed(name: str, **asked: Any) -> Exchange:
    return exchange(name, stream=True, **asked)


def test_a_missing_event_explains_the_gap_in_the_numbers() -> None:
    """The event is at fault, not the number of the event after it; a number that is missing is another fault."""
    order = broken(
        "responses.stream.order", Finding("response.output_item.done for item 0 first", "x", "event 5 /type", "x1")
    )
    gap = Finding("5, one more than before", "6", "event 5 /sequence_number", "x1")
    found = causes([order, broken("responses.stream.sequence", gap)], streamed("x1"))
    assert [(str(cause.symptom), len(cause.requirements)) for cause in found] == [
        ("stream:response.output_item.done", 2)
    ]
    none = Finding("5, one more than before", "absent", "event 5 /sequence_number", "x1")
    assert len(causes([order, broken("responses.stream.sequence", none)], streamed("x1"))) == 2


def test_one_wrong_status_for_faults_of_many_parameters_is_one_cause() -> None:
    """What maps errors to statuses is at fault, not what reads one parameter."""
    ids = ("models.retrieve.unknown", "responses.store.unknown", "conversations.unknown")
    urls = ("models/none", "responses/resp_none", "conversations/conv_none")
    sent = [
        Exchange(f"x{number}", Request("GET", f"http://h/v1/{url}"), status=422, body=b"{}")
        for number, url in enumerate(urls)
    ]
    wrong = [broken(name, Finding("404", "422", "status", f"x{number}")) for number, name in enumerate(ids)]
    assert [cause.title.partition(" (")[0] for cause in causes(wrong, *sent)] == [
        "Errors are answered 422 instead of 404"
    ]
    assert len(causes(wrong[:2], *sent)) == 2


def test_a_parameter_that_is_not_read_is_not_checked() -> None:
    """Its invalid values are accepted, because nothing looks at it; another operation has its own code."""
    ignored = broken(
        "chat.seed.repeatable", Finding("the same text three times", "3 texts", "/choices/0/message/content", "x1")
    )
    accepted = broken("error.seed-type", Finding("a 4xx that names seed", "200", "status", "x2"))
    found = causes([ignored, accepted], exchange("x1", seed=1), exchange("x2", seed="one"))
    assert [(str(cause.symptom), len(cause.requirements)) for cause in found] == [("ignored:seed", 2)]
    assert "the same text three times" in found[0].title


def test_a_mistyped_object_explains_what_is_missing_in_it() -> None:
    """Clients find no content in a message that is a list."""
    whole = Finding(
        "what CreateChatCompletionResponse allows", "an array is not an object: []", "/choices/0/message", "x1"
    )
    call = Finding("a call to set_alarm", '""', "/choices/0/message/tool_calls", "x2")
    found = causes(
        [broken("chat.response.schema", whole), broken("chat.tools.named", call)],
        exchange("x1"),
        exchange("x2", tools=[], tool_choice={}),
    )
    assert [str(cause.symptom) for cause in found] == ["field:message"]


def test_server_errors_of_two_faults_are_two_causes() -> None:
    """The requirement on every exchange belongs to the fault of the exchange that it cites."""
    everywhere = [Finding("a status below 500", "500", "status", name) for name in ("x1", "x2")]
    found = causes(
        [
            broken("http.no-server-error", *everywhere, on=2, seen=90),
            broken("chat.logit-bias.hundred", Finding("an answer", "500", "status", "x1"), seen=2),
            broken("http.disconnect", Finding("a response, as before", "500", "status", "x2"), seen=5),
        ],
        exchange("x1", 500, body={"error": {"message": "Bias."}}, logit_bias={}),
        exchange("x2", 500, body={"error": {"message": "No slot."}}),
    )
    assert {cause.symptom.subject for cause in found} == {"logit_bias", "http.disconnect"}


def test_a_cause_without_a_field_has_the_sentence_of_its_requirement_as_title() -> None:
    """An id in a title says nothing to its reader."""
    found = causes([broken("embeddings.order", Finding("a", "b", "", "x1"))], exchange("x1"))
    assert "embeddings.order" not in found[0].title


def test_a_cause_has_the_same_key_in_every_run() -> None:
    """Waivers name it; other ids of exchanges, and other findings of the requirement, do not change it."""
    place = "/choices/0/message/content"
    keys = set()
    for first, second in (("x1", "x2"), ("x0815", "x4711")):
        verdicts = [
            broken("chat.stop.excluded", Finding("text without '3,'", f"1, {first}", place, first)),
            broken("chat.n.count", Finding("2 choices", "1", "/choices", second)),
        ]
        sent = [exchange(first, stop="3,"), exchange(second, n=2)]
        keys.add(tuple(sorted(cause.key for cause in causes(verdicts, *sent))))
        keys.add(tuple(sorted(cause.key for cause in causes(verdicts[::-1], *sent))))
    assert keys == {("ignored-n", "ignored-stop")}


def on_responses(name: str, **asked: Any) -> Exchange:
    """A response request, answered with a response object."""
    return Exchange(
        name, Request("POST", "http://h/v1/responses", (), json.dumps(asked).encode()), status=200, body=b"{}"
    )


def test_a_legacy_call_that_is_missing_is_no_missing_field_of_another_operation() -> None:
    """`function_call` is generated output of chat; `tool_choice` is a field that response objects lack."""
    call = Finding("a function_call of get_weather", '"Paris"', "/choices/0/message/function_call", "x1")
    schema = Finding("what Response allows", 'required property "tool_choice" is missing: {}', "/tool_choice", "x2")
    found = causes(
        [broken("chat.functions.named", call), broken("responses.object", schema)],
        exchange("x1", functions=[{"name": "get_weather"}], function_call={"name": "get_weather"}),
        on_responses("x2", input="hi"),
    )
    assert [cause.requirements for cause in found] == [("responses.object",), ("chat.functions.named",)]
    assert found[0].title == "`tool_choice` is missing in responses"


def test_a_parameter_that_chat_ignores_explains_no_field_of_responses() -> None:
    """The field is missing in responses to requests with the parameter, but in another operation."""
    ignored = Finding("a call to set_alarm", "get_weather", "/choices/0/message/tool_calls", "x1")
    missing = Finding("what Response allows", 'required property "tool_choice" is missing: {}', "/tool_choice", "x2")
    chosen = {"tools": [], "tool_choice": {"type": "function"}}
    verdicts = [broken("chat.tools.named", ignored), broken("responses.object", missing)]
    assert len(causes(verdicts, exchange("x1", **chosen), on_responses("x2", **chosen))) == 2


def test_an_unmet_recommendation_does_not_say_that_the_target_ignores_a_parameter() -> None:
    """The model may be at fault: the title says only what was seen."""
    call = Finding("a function_call of get_weather", '"Paris"', "/choices/0/message/function_call", "x1")
    asked = {"functions": [{"name": "get_weather"}], "function_call": {"name": "get_weather"}}
    (found,) = causes([broken("chat.functions.named", call)], exchange("x1", **asked))
    assert found.title == "The response does not follow `function_call`: expected a function_call of get_weather"
    endless = Finding("JSON that ends", "a text of spaces", "/choices/0/message/content", "x2")
    (found,) = causes([broken("chat.guided.ends", endless)], exchange("x2", response_format={"type": "json_schema"}))
    assert found.title == "The response does not follow `response_format`: expected JSON that ends"


def test_a_repeated_parameter_and_an_empty_field_are_fields() -> None:
    """Neither says that the target did not honour the parameter."""
    echo = Finding("2, as in the request", "0", "/top_logprobs", "x1")
    (found,) = causes([broken("responses.echo.top-logprobs", echo)], on_responses("x1", top_logprobs=2))
    assert found.title == "`top_logprobs` is wrong in responses: expected 2, as in the request"
    empty = Finding("null, absent, or text", '""', "/choices/0/message/content", "x2")
    (found,) = causes([broken("chat.tools.content-null", empty)], exchange("x2", tools=[], tool_choice="required"))
    assert found.title == "`content` is empty in responses: expected null, absent, or text"


def test_an_image_that_causes_a_500_is_named_and_not_the_field_that_would_have_shown_it() -> None:
    """The image stands in the second content part."""
    parts = [{"type": "text", "text": "Say hello."}, {"type": "image_url", "image_url": {"url": "data:image/png,"}}]
    refused = "an optional feature is answered, or cleanly refused (parameter messages.content.image_url)"
    (found,) = causes(
        [
            broken("http.no-server-error", Finding("a status below 500", "500", "status", "x1"), on=1, seen=90),
            broken(
                "chat.messages.image-size", Finding(refused, "500: no", "status", "x1", "vision is refused with 500")
            ),
        ],
        exchange("x1", 500, messages=[{"role": "user", "content": parts}]),
    )
    assert found.title == "A request with `image_url` is answered 500"


def test_an_operation_without_parameters_that_is_not_answered_is_named_by_its_path() -> None:
    listed = Exchange("x1", Request("GET", "http://h/v1/models", (), b""), status=404, body=b'{"detail":"Not Found"}')
    refused = Finding("a promised feature is answered (parameter models_list)", "404: no", "status", "x1")
    (found,) = causes([broken("models.list.schema", refused), broken("models.list.unique", refused)], listed)
    assert found.title == "`GET /v1/models` is answered 404"


def test_a_name_in_the_id_of_a_requirement_does_not_make_its_finding_one_about_that_member() -> None:
    """`output` stands in `max-output-tokens`."""
    repeated = Finding(
        "24, as in the request", "absent", "/max_output_tokens", "x1", "responses.echo.max-output-tokens"
    )
    listed = Finding(
        "an empty list", "absent", "event 0 /response/output", "x2", "responses.stream.object event * /output"
    )
    found = causes(
        [broken("responses.stream.object", listed), broken("responses.echo.max-output-tokens", repeated)],
        exchange("x1", max_output_tokens=24),
        exchange("x2", stream=True),
    )
    assert len(found) == 2


def test_a_keyword_is_spelled_as_in_json_schema_and_is_the_one_under_test() -> None:
    """A wrong type below `prefixItems` is a fault of `prefixItems` where types are enforced."""
    schema = {"type": "json_schema", "json_schema": {"name": "f", "schema": {}}}
    found = causes(
        [
            broken("chat.json-schema.prefix-items", Finding("JSON", 'x: false is not of type "integer"', _TEXT, "x1")),
            broken("chat.json-schema.multiple-of", Finding("JSON", "x: 5 is not a multiple of 97", _TEXT, "x2")),
        ],
        exchange("x1", response_format=schema),
        exchange("x2", response_format=schema),
    )
    assert [each.title for each in found] == [
        "`response_format` accepted, but `prefixItems` of the JSON constraint is not enforced",
        "`response_format` accepted, but `multipleOf` of the JSON constraint is not enforced",
    ]


def test_a_number_below_its_minimum_is_about_bounds_and_not_about_a_number_of_items() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "f", "schema": {}}}
    found = causes(
        [
            broken("chat.json-schema.bounds", Finding("JSON", "/v: 42 is less than the minimum of 4711", _TEXT, "x1")),
            broken("chat.json-schema.min-items", Finding("JSON", "/v: [1] has less than 4 items", _TEXT, "x2")),
            broken("chat.json-schema.ref", Finding("JSON", '/v: {} is not of type "integer"', _TEXT, "x3")),
        ],
        *(exchange(name, response_format=schema) for name in ("x1", "x2", "x3")),
    )
    assert [str(each.symptom) for each in found] == [
        "constraint:json.bounds",
        "constraint:json.min-items",
        "constraint:json.ref",
    ]
    assert found[2].title == "`response_format` accepted, but `$ref` of the JSON constraint is not enforced"


def test_an_ignored_background_is_not_the_wrong_status_of_a_cut_response() -> None:
    found = causes(
        [
            broken("responses.incomplete.status", Finding("incomplete", '"completed"', "/status", "x1")),
            broken("responses.background.queued", Finding("queued or in_progress", '"completed"', "/status", "x2")),
        ],
        exchange("x1", max_output_tokens=16),
        exchange("x2", background=True),
    )
    assert [str(each.symptom) for each in found] == ["field:status", "ignored:background"]


def test_a_fault_is_named_by_the_parameter_that_the_request_has() -> None:
    """A list of names that a rejection may mention begins with the same parameter for each member of a family."""
    finding = Finding("a 4xx that names guided_json or guided_regex or schema or regex", "200 …", "status", "x1")
    (found,) = causes([broken("telnyx.chat.guided-invalid", finding)], exchange("x1", guided_regex="zq[0-9"))
    assert found.title == "A fault in `guided_regex` is answered 200 instead of 4xx"


def test_a_missing_operation_is_named_and_not_a_field_of_its_request() -> None:
    """The request has `metadata`, which the requirement names."""
    sent = Request("POST", "http://h/conversations", (), b'{"name":"a","metadata":{"k":"v"}}')
    refused = Finding("a promised feature is answered (parameter conversation)", "404: no", "status", "x1")
    made = Exchange("x1", sent, status=404, body=b'{"detail":"Not Found"}')
    (found,) = causes([broken("telnyx.conversations.create", refused)], made)
    assert found.title == "`POST /conversations` is answered 404"


def test_a_parameter_whose_result_has_the_wrong_shape_is_not_ignored() -> None:
    """Log probabilities of a completion come in the form of chat."""
    finding = Finding("an object with the arrays tokens", '{"content": [{"id": 216}]}', "/choices/0/logprobs", "x1")
    (found,) = causes([broken("completions.logprobs", finding)], exchange("x1", prompt="1, 2", logprobs=2))
    assert not found.silently_ignored
    assert found.title == "`logprobs` is wrong in responses: expected an object with the arrays tokens"


_TEXT = "/choices/0/message/content"


def test_rejections_without_a_message_are_not_one_cause_across_operations() -> None:
    """Two operations that reject with empty errors have nothing in common but the status."""
    embedding = Request("POST", "http://h/v1/embeddings", (), json.dumps({"model": "e", "input": "日本語"}).encode())
    coded = {"error": {"code": "http_400"}}
    found = causes(
        [
            broken("chat.max-completion-tokens.bounds", Finding("an answer", "400", "status", "x1")),
            broken("generated.embeddings.valid", Finding("an answer", "400", "status", "x2")),
        ],
        exchange("x1", 400, body=coded, max_completion_tokens=4),
        Exchange("x2", embedding, status=400, body=json.dumps(coded).encode()),
    )
    assert [cause.requirements for cause in found] == [
        ("chat.max-completion-tokens.bounds",),
        ("generated.embeddings.valid",),
    ]


def test_a_text_that_is_cut_beside_streamed_calls_is_a_fault_of_the_stream() -> None:
    """`tool_choice` was honoured: the call arrived."""
    cut = Finding("the complete text next to the calls, 'I will look'", '"I will"', "/choices/0/delta/content", "x1")
    (one,) = causes(
        [broken("chat.tools.stream-equals-json", cut)], exchange("x1", stream=True, tools=[], tool_choice="auto")
    )
    assert str(one.symptom) == "stream:text"


def test_a_rejected_parameter_is_named_and_not_the_first_one_of_the_requirement() -> None:
    """The error names `logit_bias`, and the request has no `n`."""
    said = {
        "error": {"message": "logit_bias is not supported.", "param": "logit_bias", "type": "invalid_request_error"}
    }
    found = causes(
        [
            broken(
                "chat.request.default-values",
                Finding("the default value of logit_bias accepted", "400", "status", "x1"),
            )
        ],
        exchange("x1", 400, body=said, logit_bias={}),
    )
    assert [cause.title for cause in found] == ["A valid request with `logit_bias` is rejected with 400"]


def test_a_field_that_is_wrong_in_responses_and_streams_has_a_title_and_a_fix_for_both() -> None:
    """A fix for streams alone would leave whole responses broken."""
    whole = Finding("total_tokens 10 + 1 = 11", "12", "/usage/total_tokens", "x1")
    streamed = Finding("total_tokens 19 + 8 = 27", "28", "event 10 /usage/total_tokens", "x2")
    exchanges = (
        exchange("x1", body={"usage": {"total_tokens": 12}}),
        exchange("x2", stream=True, stream_options={"include_usage": True}),
    )
    both = [broken("chat.stream.usage-sum", streamed, on=50), broken("chat.usage.sum", whole, on=39)]
    (cause,) = causes(both, *exchanges)
    assert cause.title == "`total_tokens` is wrong in responses and streams: expected total_tokens 10 + 1 = 11"
    assert cause.fix.startswith(REGISTRY["chat.usage.sum"].fix)
    assert cause.fix.endswith(REGISTRY["chat.stream.usage-sum"].fix)
    assert [each.title.partition(":")[0] for verdict in both for each in causes([verdict], *exchanges)] == [
        "`total_tokens` is wrong in streams",
        "`total_tokens` is wrong in responses",
    ]
