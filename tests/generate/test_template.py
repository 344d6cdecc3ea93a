"""Chat templates as models have them, rendered without a model."""

import pytest

from ragguide.generate.template import split_template

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def test_a_template_is_split_at_its_messages() -> None:
    assert split_template(CHATML, bos="", eos="") == (
        "<|im_start|>system\n",
        "<|im_end|>\n<|im_start|>user\n",
        "<|im_end|>\n<|im_start|>assistant\n",
    )


def test_a_template_knows_its_special_tokens() -> None:
    template = "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}"
    assert split_template(template, bos="<s>", eos="</s>") == ("<s>", "</s>", "</s>")


IGNORES_SYSTEM = (
    "{% for m in messages if m.role == 'user' %}[INST] {{ m.content }} [/INST]{% endfor %}"
)
REFUSES_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for m in messages %}[INST] {{ m.content | trim }} [/INST]{% endfor %}"
)


@pytest.mark.parametrize("template", [IGNORES_SYSTEM, REFUSES_SYSTEM])
def test_without_a_system_role_the_system_message_opens_the_users_turn(template: str) -> None:
    assert split_template(template, bos="", eos="") == ("[INST] ", "\n\n", " [/INST]")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for %}", "TemplateSyntaxError"),
        ("{{ raise_exception('never') }}", "TemplateError: never"),
        ("{{ 1 // 0 }}", "ZeroDivisionError"),
        ("{{ messages[7].content.x.y }}", "UndefinedError"),
        ("{{ ''.__class__.__mro__ }}", "SecurityError"),
        ("{% for i in range(10**9) %}{% endfor %}", "OverflowError"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "RecursionError"),
        ("hello", "each message once|once each"),
        ("{{ messages[0].content }}" * 2, "once each"),
        (
            "{% for m in messages | reverse %}{{ m.content }}{{ m.content }}{% endfor %}",
            "once each",
        ),
    ],
)
def test_an_unusable_template_is_a_one_line_error(template: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        split_template(template, bos="", eos="")
    assert "\n" not in str(caught.value)


def test_a_template_that_puts_the_system_last_gets_both_messages_in_one_turn() -> None:
    template = "{% for m in messages | reverse %}<{{ m.content }}>{% endfor %}"
    assert split_template(template, bos="", eos="") == ("<", "\n\n", ">")
