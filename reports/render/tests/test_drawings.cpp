// What is drawn: what must be there, what must not slip through, and that it stays small.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "reports/model/tests/golden.hpp"
#include "reports/model/tests/sample_figures.hpp"
#include "reports/model/tests/sample_report.hpp"
#include "reports/render/drawings.hpp"
#include "reports/render/figure_html.hpp"
#include "reports/render/ladder_words.hpp"
#include "reports/render/quantity.hpp"
#include "reports/render/renderer.hpp"

namespace portolan::render {
namespace {

using report::Figure;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string html(const Figure& figure) {
    return figure_html(figure, 1, nullptr);
}

Figure figure(report::Series series) {
    return {.title = "t", .body = std::move(series)};
}

report::Series one_line(std::vector<std::int64_t> at_us, std::vector<double> values) {
    report::Series series;
    series.panels = {
        {.name = "Delay",
         .unit = "us",
         .lines = {{.name = "A to B", .at_us = std::move(at_us), .values = std::move(values)}}}};
    return series;
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

/// Nothing that is no number in any coordinate.
void expect_numbers(const std::string& page) {
    EXPECT_EQ(page.find("nan"), std::string::npos);
    EXPECT_EQ(page.find("inf"), std::string::npos);
}

TEST(FigureHtml, Each_has_a_title_a_description_a_table_and_the_way_to_its_evidence) {
    report::Evidence evidence{.id = "call.media", .title = "Media"};
    std::size_t number = 1;
    for (const Figure& each : testing::sample_figures())
        report::add_figure(evidence, each);
    const std::string page = figures_html(evidence, number);
    EXPECT_EQ(number, 5U);
    EXPECT_EQ(count(page, "<svg role=\"img\" aria-labelledby=\"figure:"), 4U);
    EXPECT_EQ(count(page, "<figcaption><h3>"), 4U);
    EXPECT_EQ(count(page, "<details><summary>The same as a table</summary>"), 4U);
    EXPECT_EQ(count(page, "<a href=\"#evidence:call.media\">Media</a>"), 4U);
    for (int i = 1; i <= 4; ++i) {
        const std::string id = "figure:" + std::to_string(i);
        EXPECT_EQ(count(page, "id=\"" + id + "\""), 1U);
        EXPECT_EQ(count(page, "<title id=\"" + id + "-title\">"), 1U);
        EXPECT_EQ(count(page, "<desc id=\"" + id + "-text\">"), 1U);
    }
}

TEST(FigureHtml, Golden) {
    std::string page;
    std::size_t number = 0;
    for (const Figure& each : testing::sample_figures())
        page += figure_html(each, ++number, nullptr);
    testing::expect_golden("reports/render/tests/golden/figures.html", page);
}

TEST(FigureHtml, One_that_cannot_be_drawn_is_named) {
    report::Evidence evidence{.id = "e", .title = "<E>"};
    evidence.data["figures"] = report::Json::array({{{"kind", "pie"}, {"title", "t"}}, 7});
    std::size_t number = 1;
    const std::string page = figures_html(evidence, number);
    EXPECT_EQ(count(page, "cannot be drawn"), 2U);
    EXPECT_NE(page.find("&lt;E&gt;"), std::string::npos);
    EXPECT_EQ(page.find("<svg"), std::string::npos);
}

/// What a peer, a file name or a host name can say: in each place that takes a text.
TEST(FigureHtml, Hostile_names_stay_text) {
    const std::string hostile = "</title></svg><script>alert(1)</script>\"' \u202Eevil\x01\xff";
    std::vector<Figure> figures = testing::sample_figures();
    for (Figure& each : figures) {
        each.title = hostile;
        each.note = hostile;
    }
    auto& series = std::get<report::Series>(figures[0].body);
    series.panels[0].name = series.panels[0].unit = series.panels[0].lines[0].name = hostile;
    series.panels[0].limit_name = series.marks[0].name = hostile;
    auto& matrix = std::get<report::Matrix>(figures[1].body);
    matrix.row_name = matrix.column_name = matrix.columns[0] = hostile;
    matrix.classes[0].letter = matrix.classes[0].name = hostile;
    matrix.rows[0].name = matrix.rows[0].group = matrix.rows[0].finding_id = hostile;
    matrix.rows[1].cells[1].note = hostile;
    auto& ladder = std::get<report::Ladder>(figures[2].body);
    ladder.lanes[0] = {hostile, hostile};
    ladder.exchanges[0].name = ladder.exchanges[0].pair = ladder.exchanges[0].note = hostile;
    ladder.marks[0].name = hostile;
    auto& topology = std::get<report::Topology>(figures[3].body);
    topology.nodes[0].name = topology.nodes[0].details[0] = hostile;
    topology.links[0].label = topology.paths[0].name = hostile;
    for (const Figure& each : figures) {
        const std::string page = html(each);
        EXPECT_EQ(page.find("<script"), std::string::npos);
        EXPECT_EQ(page.find('\x01'), std::string::npos);
        EXPECT_EQ(page.find('\xff'), std::string::npos);
        EXPECT_EQ(count(page, "<svg"), 1U);
        EXPECT_EQ(count(page, "</svg>"), 1U);
        EXPECT_EQ(count(page, "<title"), count(page, "</title>"));
        // Nothing turns the text around inside of a drawing.
        const std::string svg =
            page.substr(page.find("<svg"), page.find("</svg>") - page.find("<svg"));
        EXPECT_EQ(svg.find("\u202E"), std::string::npos);
    }
}

TEST(SeriesDrawing, Without_points_says_so) {
    for (const report::Series& series :
         {report::Series{}, one_line({}, {}), one_line({5}, {kNaN})}) {
        const std::string page = html(figure(series));
        EXPECT_NE(page.find("<svg"), std::string::npos);
        expect_numbers(page);
    }
    EXPECT_NE(html(figure(one_line({}, {}))).find("nothing was measured"), std::string::npos);
}

TEST(SeriesDrawing, Of_a_single_point_is_a_point) {
    const std::string page = html(figure(one_line({7'000'000}, {42'000})));
    EXPECT_EQ(count(page, "class=\"a0\""), 1U);
    EXPECT_NE(page.find("42 ms throughout"), std::string::npos);
    expect_numbers(page);
}

TEST(SeriesDrawing, Huge_negative_and_missing_values_stay_in_the_picture) {
    const std::string page = html(figure(
        one_line({0, 1, 2, 3, 4}, {1e308, -1e308, kNaN, 5, std::numeric_limits<double>::max()})));
    expect_numbers(page);
    EXPECT_LT(page.size(), 10'000U);
    // The extremes of time, too.
    expect_numbers(html(figure(one_line(
        {std::numeric_limits<std::int64_t>::min(), 0, std::numeric_limits<std::int64_t>::max()},
        {1, 2, 3}))));
}

TEST(SeriesDrawing, Gap_divides_the_line) {
    const std::string whole = html(figure(one_line({0, 1, 2, 3, 4}, {1, 2, 3, 4, 5})));
    const std::string divided = html(figure(one_line({0, 1, 2, 3, 4}, {1, 2, kNaN, 4, 5})));
    EXPECT_EQ(count(whole, "class=\"curve l0\""), 2U) << "the legend's and the line";
    EXPECT_EQ(count(divided, "class=\"curve l0\""), 3U);
}

TEST(SeriesDrawing, A_million_points_are_no_longer_than_some_hundred_and_keep_the_peak) {
    constexpr std::size_t kPoints = 1'000'000;
    std::vector<std::int64_t> at(kPoints);
    std::vector<double> values(kPoints, 40'000);
    for (std::size_t i = 0; i < kPoints; ++i) {
        at[i] = static_cast<std::int64_t>(i) * 1000;
        // Every other one is missing, which must not make half a million lines.
        if (i % 2 == 1) values[i] = kNaN;
    }
    values[500'000] = 900'000;
    const std::string page = html(figure(one_line(std::move(at), std::move(values))));
    EXPECT_LT(page.size(), 40'000U);
    EXPECT_NE(page.find("to 900 ms"), std::string::npos);
    EXPECT_EQ(count(page, "class=\"curve l0\""), 2U);
    EXPECT_EQ(count(page, "<tr>"), 25U) << "24 spans and the head";
}

TEST(MatrixDrawing, Says_each_class_by_letter_shape_and_colour) {
    const std::string page = html(testing::sample_figures()[1]);
    EXPECT_NE(page.find("class=\"c-good\""), std::string::npos);
    EXPECT_NE(page.find("class=\"k-good\""), std::string::npos);
    EXPECT_NE(page.find(">D</text>"), std::string::npos);
    EXPECT_NE(page.find("class=\"c-bad\""), std::string::npos);
    EXPECT_NE(page.find("class=\"c-none\""), std::string::npos) << "what is not known";
    EXPECT_NE(page.find("1 unreachable"), std::string::npos);
    EXPECT_NE(page.find("apdm-apdf, apdm-apdf: unreachable. nobody opens the way"),
              std::string::npos);
    EXPECT_NE(page.find("<a href=\"#nat.filtering\">apdm-apdf</a>"), std::string::npos);
}

TEST(MatrixDrawing, Of_many_rows_is_a_table_with_colours) {
    Figure many = testing::sample_figures()[1];
    auto& matrix = std::get<report::Matrix>(many.body);
    matrix.rows.resize(kMostDrawnCells + 1, matrix.rows[0]);
    const std::string page = html(many);
    EXPECT_EQ(page.find("<svg"), std::string::npos);
    EXPECT_NE(page.find("<td class=\"t-fair\">"), std::string::npos);
    matrix.rows.resize(100'000, matrix.rows[0]);
    EXPECT_LT(html(many).size(), kMostTableRows * 400);
    matrix.rows.clear();
    EXPECT_NE(html(many).find("0 cells"), std::string::npos);
}

TEST(MatrixDrawing, Of_cells_that_say_more_than_a_class_is_a_table_that_says_it) {
    Figure notes = testing::sample_figures()[1];
    for (report::MatrixRow& row : std::get<report::Matrix>(notes.body).rows)
        row.cells[0] = row.cells[1] = {.class_id = "direct", .note = "after 40 ms"};
    const std::string page = html(notes);
    EXPECT_EQ(page.find("<svg"), std::string::npos);
    EXPECT_EQ(count(page, "after 40 ms</span></td>"), 4U);
}

TEST(MatrixDrawing, Of_few_columns_with_some_notes_is_a_table_that_says_them_whole) {
    const std::string long_note(90, 'x');
    Figure notes = testing::sample_figures()[1];
    auto& matrix = std::get<report::Matrix>(notes.body);
    matrix.rows[0].cells[0].note = long_note;
    const std::string page = html(notes);
    EXPECT_EQ(page.find("<svg"), std::string::npos);
    EXPECT_NE(page.find("<table class=\"grid few\">"), std::string::npos);
    EXPECT_NE(page.find("<br><span class=\"small\">" + long_note + "</span>"), std::string::npos);
    // Where many are beside each other, a drawing with letters has room, and words have not.
    matrix.columns.resize(kMostDrawnCells, "another");
    for (report::MatrixRow& row : matrix.rows)
        row.cells.resize(matrix.columns.size(), {.class_id = "direct"});
    EXPECT_NE(html(notes).find("<svg"), std::string::npos);
}

TEST(LadderDrawing, Marks_the_selected_pair_and_what_was_dropped) {
    const std::string page = html(testing::sample_figures()[2]);
    EXPECT_NE(page.find("class=\"x answered selected\""), std::string::npos);
    EXPECT_NE(page.find("class=\"x back answered selected\""), std::string::npos);
    EXPECT_NE(page.find("class=\"x dropped\""), std::string::npos);
    EXPECT_NE(page.find("class=\"k-bad\""), std::string::npos);
    EXPECT_NE(page.find(">pair selected</text>"), std::string::npos);
    EXPECT_NE(page.find("2 requests: 1 answered, 1 dropped on the way. 4 further ones are not "
                        "shown."),
              std::string::npos);
    EXPECT_NE(page.find("answered after 80 ms"), std::string::npos);
    EXPECT_NE(page.find("3 times"), std::string::npos);
}

/// A report whose only figure is a ladder; its lane is called what would be markup.
report::Report with_ladder() {
    report::Report out;
    out.tool = {"nat-probe", "1"};
    out.complete = true;
    out.headline = "h";
    Figure its = testing::sample_figures()[2];
    std::get<report::Ladder>(its.body).lanes[1].name = "B|<b>";
    report::Evidence evidence{.id = "ice", .kind = report::EvidenceKind::Measurement};
    evidence.title = "ICE";
    report::add_figure(evidence, its);
    out.evidence.push_back(std::move(evidence));
    return out;
}

TEST(LadderWords, Markdown_has_a_ladder_as_a_table) {
    const std::string text = renderer_for(Format::Markdown).render(with_ladder(), {});
    EXPECT_NE(text.find("### ICE checks\n\n2 requests: 1 answered, 1 dropped on the way. 4 further "
                        "ones are not shown.\n\n| at | from | to |"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("\n| 0.100 s | A | B\\|\\<b\\> | to srflx | 192.168.1.20:5000 to srflx "
                        "203.0.113.2:4000 | dropped: filtered | 3 times |\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("203.0.113.1:5000 (selected) | answered after 80 ms | 1 time |\n"),
              std::string::npos);
    EXPECT_NE(text.find("\n| 0.230 s | B |  | pair selected |"), std::string::npos);
    EXPECT_EQ(renderer_for(Format::Markdown).render(with_ladder(), {.quiet = true}).find("| at |"),
              std::string::npos);
}

TEST(LadderWords, Text_tells_a_ladder_line_by_line_when_it_is_verbose) {
    const RenderOptions verbose{.verbose = true, .width_columns = 160};
    const std::string text = renderer_for(Format::Text).render(with_ladder(), verbose);
    EXPECT_NE(text.find("\n      0.100 s, A to B|<b>: to srflx, 192.168.1.20:5000 to srflx "
                        "203.0.113.2:4000, dropped: filtered, sent 3 times\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("203.0.113.1:5000 (selected), answered after 80 ms\n"), std::string::npos);
    EXPECT_NE(text.find("\n      0.230 s, B: pair selected\n"), std::string::npos);
    EXPECT_EQ(renderer_for(Format::Text).render(with_ladder(), {}).find("srflx"),
              std::string::npos);
}

TEST(LadderWords, Are_bounded) {
    report::Ladder ladder = std::get<report::Ladder>(testing::sample_figures()[2].body);
    ladder.exchanges.resize(100'000, ladder.exchanges[0]);
    EXPECT_EQ(rows_of(ladder, 10).size(), 10 + ladder.marks.size());
    EXPECT_EQ(summary_of(ladder, 10),
              "100000 requests: 1 answered, 99999 dropped on the way. 99994 further ones are not "
              "shown.");
}

TEST(LadderDrawing, Is_bounded_and_takes_odd_input) {
    Figure many = testing::sample_figures()[2];
    auto& ladder = std::get<report::Ladder>(many.body);
    ladder.exchanges.resize(100'000, ladder.exchanges[0]);
    const std::string page = html(many);
    EXPECT_LT(page.size(), 1'000'000U);
    EXPECT_NE(page.find("further ones are not shown"), std::string::npos);
    // A caller that has not checked: a lane that is not there, an end before the beginning.
    ladder.exchanges.resize(1);
    ladder.exchanges[0].to = 77;
    ladder.exchanges[0].ended_at_us = -5;
    expect_numbers(html(many));
    ladder = {};
    expect_numbers(html(many));
}

TEST(TopologyDrawing, Shows_nodes_links_and_the_way) {
    const std::string page = html(testing::sample_figures()[3]);
    EXPECT_EQ(count(page, "class=\"curve way l0\""), 2U) << "the way and its legend";
    EXPECT_EQ(count(page, "class=\"wire\""), 3U);
    EXPECT_EQ(count(page, "class=\"cloud\""), 1U);
    EXPECT_NE(page.find("A to B: A \u2192 A&#39;s NAT \u2192 relay \u2192 B"), std::string::npos);
}

TEST(TopologyDrawing, Two_networks_of_one_column_are_two_clouds_and_say_their_links) {
    report::Topology topology;
    using report::NodeKind;
    topology.nodes = {
        {.id = "host", .name = "this computer", .kind = NodeKind::Host},
        {.id = "net", .name = "internet", .kind = NodeKind::Network, .column = 2},
        {.id = "lo", .name = "loopback", .kind = NodeKind::Network, .column = 2, .row = 1},
        {.id = "at-0", .name = "turn.example.org", .kind = NodeKind::Server, .column = 3}};
    topology.links = {{"host", "lo", ""}, {"lo", "at-0", "UDP, TCP, TLS, DTLS"}};
    const std::string page = html({.title = "t", .body = topology});
    // A row's height each, the one below the other.
    EXPECT_EQ(count(page, "height=\"112\" rx=\"26\" class=\"cloud\""), 2U) << page;
    EXPECT_EQ(count(page, "y=\"15\" width=\"146\""), 1U);
    EXPECT_EQ(count(page, "y=\"133\" width=\"146\""), 1U);
    EXPECT_EQ(count(page, ">link: UDP, TCP, TLS, DTLS</text>"), 1U);
    EXPECT_EQ(count(page, "class=\"m b s\">turn.example.org</text>"), 1U) << "fits its box";
}

TEST(TopologyDrawing, Is_bounded_and_takes_odd_input) {
    Figure odd = testing::sample_figures()[3];
    auto& topology = std::get<report::Topology>(odd.body);
    topology.nodes[0].column = std::numeric_limits<std::size_t>::max();
    topology.nodes[1].row = std::numeric_limits<std::size_t>::max();
    topology.links.push_back({"nowhere", "a", "x"});
    topology.paths.push_back({"lost", {"nowhere"}});
    expect_numbers(html(odd));
    topology.nodes.resize(10'000, topology.nodes[0]);
    topology.links.resize(10'000, topology.links[0]);
    EXPECT_LT(html(odd).size(), 500'000U);
    topology = {};
    expect_numbers(html(odd));
}

TEST(Quantity, Is_written_as_people_read_it) {
    EXPECT_EQ(quantity_text(42'123, "us"), "42.1 ms");
    EXPECT_EQ(quantity_text(1'234'567, "us"), "1235 ms");
    EXPECT_EQ(quantity_text(0.5, "pct"), "0.5 %");
    EXPECT_EQ(quantity_text(4.4, "mos"), "4.4");
    EXPECT_EQ(quantity_text(3, "sheep"), "3 sheep");
    EXPECT_EQ(quantity_text(kNaN, "us"), "-");
    EXPECT_EQ(number_text(0), "0");
    EXPECT_EQ(number_text(-0.0), "0");
    EXPECT_EQ(number_text(1e300), "1e+300");
    EXPECT_EQ(moment_text(202'000), "0.202 s");
    EXPECT_EQ(moment_text(3'725'400'000), "62:05.4 min");
    EXPECT_EQ(axis_ticks(0, 61, 4), (std::vector<double>{0, 20, 40, 60, 80}));
    EXPECT_EQ(axis_ticks(0, 0, 4), (std::vector<double>{0, 1}));
}

TEST(Label, Is_cut_at_whole_characters) {
    EXPECT_EQ(label("abcdef", 6), "abcdef");
    EXPECT_EQ(label("abcdefg", 6), "abcde\u2026");
    EXPECT_EQ(label("\u00E4\u00F6\u00FC\u00DF", 3), "\u00E4\u00F6\u2026");
    EXPECT_EQ(label("<&>", 9), "&lt;&amp;&gt;");
}

/// A person before a call reads the beginning.
TEST(HtmlPage, Of_many_sections_says_first_what_fails_and_what_to_do) {
    report::Report report = testing::sample_report();
    for (const std::string name : {"one", "two", "three"}) {
        report::Finding finding{
            .id = "server/reachable",
            .title = "Reachable",
            .verdict = report::Verdict::fail({"refused", "Nobody listens at " + name + "."})};
        finding.severity = name == "two" ? report::Severity::Critical : report::Severity::Medium;
        finding.advice = {"Start server " + name + "."};
        finding.evidence_ids = {report.evidence[0].id};
        report.sections.push_back({.id = name, .title = "turn:" + name, .findings = {finding}});
    }
    const std::string page = renderer_for(Format::Html).render(report, {});
    const std::size_t first = page.find("<h2>What needs attention</h2>");
    ASSERT_NE(first, std::string::npos);
    EXPECT_LT(first, page.find("<main"));
    const std::string list = page.substr(first, page.find("</section>", first) - first);
    const std::size_t worst = list.find("<a href=\"#server/reachable~2\">turn:two</a>");
    EXPECT_LT(worst, list.find("<a href=\"#server/reachable\">turn:one</a>"));
    EXPECT_NE(list.find("<b>Reachable</b>: Nobody listens at two."), std::string::npos);
    EXPECT_NE(list.find("<p class=\"small\">Start server two.</p>"), std::string::npos);
    EXPECT_EQ(count(page, "id=\"server/reachable~2\""), 1U);
    EXPECT_EQ(renderer_for(Format::Html).render(report, {.quiet = true}).find("needs attention"),
              std::string::npos);
    EXPECT_EQ(list.find("below"), std::string::npos);
    report::Report noted = report;
    for (const char* code : {"a", "b"}) {
        noted.sections.back().findings.push_back(noted.sections.back().findings.front());
        noted.sections.back().findings.back().severity = report::Severity::Info;
        noted.sections.back().findings.back().advice = {code};
    }
    EXPECT_EQ(count(renderer_for(Format::Html).render(noted, {}),
                    "<p class=\"dim small\">and 2 notes that fail, below</p>"),
              1U);
    // What fails in the same way is said once; of too many different ones there is a rest.
    auto& findings = report.sections.back().findings;
    for (int i = 0; i < 9; ++i)
        findings.push_back(findings.front());
    const std::string same = renderer_for(Format::Html).render(report, {});
    EXPECT_EQ(count(same, "<b>Reachable</b>: Nobody listens at three."), 1U);
    EXPECT_EQ(count(same, "</a> and 2 more</p>"), 1U);
    EXPECT_EQ(count(same, ">turn:three</a>, <a href=\"#server/reachable~4\">turn:three (2)</a>"),
              1U);
    report::Report merged = report;
    merged.sections.back().findings.resize(2, findings.front());
    merged.sections.back().findings[0].tags = {"udp"};
    merged.sections.back().findings[1].tags = {"tcp"};
    EXPECT_EQ(count(renderer_for(Format::Html).render(merged, {}),
                    ">turn:three (udp)</a>, <a href=\"#server/reachable~4\">turn:three (tcp)</a>"),
              1U);
    EXPECT_EQ(count(same, "more, below"), 0U);
    for (std::size_t i = 0; i < findings.size(); ++i)
        findings[i].advice = {"Number " + std::to_string(i)};
    EXPECT_EQ(count(renderer_for(Format::Html).render(report, {}),
                    "<p class=\"dim small\">and 5 more, below"),
              1U);
    report.sections.resize(3);
    EXPECT_EQ(renderer_for(Format::Html).render(report, {}).find("needs attention"),
              std::string::npos)
        << "a short page says it itself";
}

TEST(HtmlPage, Folds_many_links_and_shows_tables_without_the_signs_of_json) {
    report::Report report = testing::sample_report();
    report::Finding& finding = report.sections[0].findings[0];
    finding.evidence_ids.clear();
    for (const char* id : {"a", "b", "c", "d"}) {
        report.evidence.push_back({.id = id, .title = "E"});
        finding.evidence_ids.emplace_back(id);
    }
    report.environment = {
        {"servers", {"turn:one", "turn:two"}},
        {"interfaces", {{{"name", "lo"}, {"up", true}}, {{"name", "eth0"}, {"addresses", {"1"}}}}}};
    const std::string page = renderer_for(Format::Html).render(report, {});
    EXPECT_EQ(count(page, "<summary>4 pieces of evidence</summary>"), 1U);
    EXPECT_EQ(count(page, "<td>turn:one, turn:two</td>"), 1U);
    EXPECT_EQ(count(page, "<td>name: lo; up: true \u00B7 addresses: 1; name: eth0</td>"), 1U);
    finding.evidence_ids.pop_back();
    EXPECT_EQ(renderer_for(Format::Html).render(report, {}).find("pieces of evidence"),
              std::string::npos);
}

TEST(HtmlPage, Draws_figures_where_a_finding_refers_to_their_evidence) {
    report::Report report = testing::sample_report();
    for (const Figure& each : testing::sample_figures())
        report::add_figure(report.evidence[0], each);
    const std::string page = renderer_for(Format::Html).render(report, {});
    const std::size_t section = page.find("id=\"section:1\"");
    const std::size_t drawn = page.find("<figure");
    EXPECT_LT(section, drawn);
    EXPECT_LT(drawn, page.find("id=\"section:2\""));
    EXPECT_EQ(count(page, "<figure"), count(page, "</figure>"));
    EXPECT_EQ(count(page, "role=\"img\""), 4U) << "each once";
    // Those that nobody refers to are drawn as well; the block of the evidence has no JSON of them.
    report.evidence.push_back({.id = "other", .title = "Other", .data = {{"x", 1}}});
    report::add_figure(report.evidence.back(), testing::sample_figures()[0]);
    const std::string more = renderer_for(Format::Html).render(report, {});
    EXPECT_EQ(count(more, "role=\"img\""), 5U);
    EXPECT_NE(more.find("<h2>Figures</h2>"), std::string::npos);
    EXPECT_EQ(more.find("&quot;panels&quot;"), std::string::npos);
    // Text shows what there is, not thousands of numbers.
    const std::string text =
        renderer_for(Format::Text).render(report, {.verbose = true, .width_columns = 80});
    EXPECT_EQ(text.find("panels"), std::string::npos);
    EXPECT_NE(text.find("figures"), std::string::npos);
}

}  // namespace
}  // namespace portolan::render
