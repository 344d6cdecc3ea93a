"""The pointer as bytes and back; damaged bytes are rejected."""

from hypothesis import given
from hypothesis import strategies as st

from ragguide.index.pointer import Pointer, decode, encode

_NUMBERS = st.integers(1, 999_998)
_SHA256 = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")


@st.composite
def pointers(draw: st.DrawFn) -> Pointer:
    manifests = draw(st.dictionaries(_NUMBERS, _SHA256, min_size=1, max_size=5))
    return Pointer(manifests, draw(st.integers(max(manifests) + 1, 999_999)))


@given(pointers())
def test_a_pointer_survives_encoding_in_its_order(pointer: Pointer) -> None:
    found = decode(encode(pointer))
    assert found == pointer
    assert found is not None
    assert list(found.manifests) == list(pointer.manifests)


@given(pointers(), st.data())
def test_flipped_bits_and_truncation_are_rejected(pointer: Pointer, data: st.DataObject) -> None:
    whole = encode(pointer)
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    assert decode(bytes(flipped)) is None
    assert decode(whole[:at]) is None
    assert decode(whole + whole[at:]) is None


@given(pointers(), st.data())
def test_after_any_changes_the_active_generation_is_kept_and_numbers_rise(
    pointer: Pointer, data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(0, 6))):
        number = pointer.next_number
        keep = data.draw(st.integers(1, 4))
        match data.draw(st.sampled_from(["switch", "turn", "prune"])):
            case "switch":
                pointer = pointer.with_new(number, "0" * 64, keep=keep)
                assert pointer.in_use == number
                assert len(pointer.manifests) <= keep
            case "turn":
                to = data.draw(st.sampled_from(sorted(pointer.manifests)))
                turned = pointer.with_active(to)
                assert turned.in_use == to
                assert turned.manifests == pointer.manifests  # in another order
                pointer = turned
            case "prune":
                in_use = pointer.in_use
                pointer = pointer.pruned(keep)
                assert pointer.in_use == in_use
                assert len(pointer.manifests) <= keep
        assert pointer.next_number > max(pointer.manifests)
        assert pointer.next_number >= number
