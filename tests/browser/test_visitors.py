"""What a class shares: the wall, visitors and their names, and the list of all runs."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import SMALL_STACKED, enter, start, status, until
from tests.support.files import csv
from tests.support.scripts import marks

pytestmark = marks


@pytest.mark.soak
def test_a_student_s_run_appears_on_the_wall_and_is_pinned_for_everybody(open_page, seed):
    wall = open_page("/wall")
    wall.get_by_text("For the teacher").click()
    enter(wall)
    expect(wall.get_by_role("button", name="Take all dots down")).to_be_visible()
    wall.get_by_text("The wall is open", exact=True).click()
    expect(wall.get_by_text("The wall is open and empty")).to_be_visible()
    student = open_page(f"/stacked?seed={seed}&{SMALL_STACKED}")
    start(student, "fast", "stacked")
    expect(status(student)).to_contain_text("Trained for 20 epochs")
    wall.locator(".js-plotly-plot").first.wait_for()
    assert len(wall.evaluate("document.querySelector('.js-plotly-plot').data[0].x")) == 1
    expect(wall.get_by_placeholder("Choose one")).to_be_visible()  # it offers the run by now
    offered = wall.get_by_role("combobox", name="A run of the wall")
    pin = wall.get_by_role("button", name="Pin for everybody")

    def choose():  # a list that is just open closes when the page around it is drawn anew
        offered.press("ArrowDown")
        offered.press("Enter")
        return pin.is_enabled()

    until(wall, choose)
    pin.click()
    other = open_page("/wall")
    other.get_by_role("link", name="Stacked: ").click()
    expect(status(other)).to_contain_text("Trained for 20 epochs")
    assert f"seed={seed}" in other.url


def test_a_reload_is_the_same_visitor_and_another_browser_is_not(open_page):
    page, second = open_page("/wall"), open_page("/wall")
    page.get_by_role("textbox", name="Your nickname").fill("Ada")
    page.get_by_role("textbox", name="Your nickname").press("Enter")

    def name_after_reload(page):  # whoever reloads at once takes back what was just sent
        page.reload()
        return page.get_by_role("textbox", name="Your nickname").input_value()

    until(second, lambda: name_after_reload(second) == "Ada")
    assert name_after_reload(page) == "Ada"
    other = open_page("/wall", somebody_else=True)
    expect(other.get_by_role("textbox", name="Your nickname")).to_have_value("")


def test_all_runs_are_listed_behind_the_password_only(open_page):
    page = open_page("/runs")
    expect(page.get_by_label("Teacher's password")).to_be_visible()
    assert not page.get_by_test_id("stDataFrame").count()
    enter(page)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()


def test_leaving_all_runs_takes_the_table_and_the_deeds_away(open_page):
    page = open_page("/runs")
    enter(page)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_label("Teacher's password")).to_be_visible()
    for gone in (page.get_by_test_id("stDataFrame"), page.get_by_role("button", name="Cancel")):
        expect(gone).to_have_count(0)


def test_own_data_are_open_to_others_only_while_their_owner_agrees(open_page):
    owner = open_page("/linear", somebody_else=True)
    owner.get_by_text("Own data", exact=True).click()
    file = {"name": "Diagnoses.csv", "mimeType": "text/csv", "buffer": csv()}
    owner.locator('input[type="file"]').set_input_files(file)
    owner.get_by_role("button", name="Use these data").click()
    owner.wait_for_url("**dataset=own-**")
    link = owner.url.removeprefix(owner.url.partition("/linear")[0])
    refused = "are not here for you"
    stranger = open_page(link)
    expect(stranger.get_by_text(refused)).to_be_visible()
    assert "Diagnoses" not in stranger.locator("body").inner_text()
    agreed = owner.get_by_role("checkbox", name="The class may see these data")
    owner.get_by_text("The class may see these data and my runs on them").click()
    expect(agreed).to_be_checked()
    expect(owner.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning")
    friend = open_page(link)
    expect(friend.get_by_text("Diagnoses").first).to_be_attached()
    owner.get_by_text("The class may see these data and my runs on them").click()
    # The page is only open: its fragment, which looks again by itself, has to find out.
    expect(friend.get_by_text(refused)).to_be_visible()
    expect(friend.get_by_text("Diagnoses")).to_have_count(0)
