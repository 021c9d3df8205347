"""Who may see uploaded sets."""

import pytest

from models.data.uploads import parsing, sharing, storage
from models.data.uploads.upload import UploadError
from tests.support.files import csv, let_age


def test_a_set_is_its_owner_s_until_he_or_she_lets_all_see_it(machine):
    name = storage.keep(parsing.parse("a.csv", csv(), machine), machine, "ada")
    assert sharing.may_see(name, "ada", machine)
    for stranger in ("bob", "", "../ada", "ada\x00", "*"):
        assert not sharing.may_see(name, stranger, machine)
        with pytest.raises(UploadError, match="not on this machine"):
            sharing.share(name, stranger, True, machine)
    sharing.share(name, "ada", True, machine)
    assert sharing.is_shared(name, machine) and sharing.may_see(name, "bob", machine)
    assert storage.list_owned("ada", machine) == [name] and not storage.list_owned("bob", machine)
    sharing.share(name, "ada", False, machine)
    assert not sharing.may_see(name, "bob", machine)


def test_each_of_two_owners_takes_back_only_the_own_word(machine):
    upload = parsing.parse("a.csv", csv(), machine)
    for owner in ("ada", "bob"):
        storage.keep(upload, machine, owner)
        sharing.share(upload.name, owner, True, machine)
    sharing.share(upload.name, "ada", False, machine)
    assert sharing.is_shared(upload.name, machine)


@pytest.mark.parametrize("goes", ["erased", "too old"])
def test_the_word_goes_with_the_data(machine, goes):
    upload = parsing.parse("a.csv", csv(), machine)
    storage.keep(upload, machine, "ada")
    sharing.share(upload.name, "ada", True, machine)
    if goes == "erased":
        storage.erase(upload.name, machine)
    else:
        file = machine.uploads_folder / f"{upload.name}.npz"
        let_age(file, machine.upload_days * 86_400 + 1)
        storage.clean(machine)
    storage.keep(upload, machine, "ada")
    assert not sharing.is_shared(upload.name, machine)


def test_the_lab_s_own_data_are_everybody_s(machine):
    assert sharing.may_see("digits", "", machine) and not sharing.is_shared("digits", machine)
