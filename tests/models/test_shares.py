"""Who gives way where many fill one folder."""

from models.shares import Holding, hash_owner, in_order_of_leaving


def leaving(*holdings):
    return [one.item for one in in_order_of_leaving(holdings)]


def held(item, size, owner, used, **more):
    return Holding(item, size, tuple(owner), (used,), **more)


def test_whoever_holds_most_gives_way_first_and_goes_on_until_others_hold_as_much():
    mine = [held(f"m{n}", 10, "m", 50 + n) for n in range(4)]
    assert leaving(held("y", 15, "y", 1), *mine) == ["m0", "m1", "m2", "y", "m3"]


def test_what_several_own_is_counted_in_parts_and_goes_with_whoever_holds_least():
    class_set = held("class", 30, "abc", 1)  # ten for each
    assert leaving(class_set, held("b", 5, "b", 2), held("d", 12, "d", 3)) == ["b", "d", "class"]


def test_what_is_looked_at_goes_only_in_the_place_of_what_others_hold_who_hold_less():
    looked_at = [held(f"m{n}", 10, "m", n, in_use=True) for n in range(3)]
    assert leaving(*looked_at) == []
    assert leaving(*looked_at, held("y", 15, "y", 9)) == ["m0", "m1", "y"]


def test_what_stays_is_counted_all_the_same():
    assert leaving(
        held("stays", 50, "m", 1, stays=True), held("m", 1, "m", 9), held("y", 9, "y", 1)
    ) == ["m", "y"]


def test_an_owner_cannot_be_read_from_the_hash():
    assert "ada" not in hash_owner("ada") and len(hash_owner("ada")) == 32
