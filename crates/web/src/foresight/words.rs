//! The figures of a trend as sentences.

use observatory_model::decision::Standing;
use observatory_model::trend::{Finding, Lack, List, Picture, Step};
use observatory_model::vocabulary::{Vocabularies, Vocabulary};
use observatory_model::{Language, Slug};

use crate::html::Html;
use crate::locale::Locale;

/// A number with one decimal.
pub(crate) fn decimal(locale: &Locale, value: f64) -> String {
    locale.tenths(tenths(value))
}

/// A share of 0.0–1.0 in per cent, with one decimal below ten; what is not nothing is never shown as 0.
pub(crate) fn percent(locale: &Locale, share: f64) -> String {
    let number = match tenths(share * 100.0) {
        0 if share > 0.0 => format!("< {}", locale.tenths(1)),
        tenths => locale.tenths(tenths),
    };
    locale.plain("number.percent", &[("number", &number)])
}

/// In tenths; what is no number, or less than none, is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "kept between 0 and a billion before; what is no number becomes 0"
)]
fn tenths(value: f64) -> u64 {
    (value * 10.0).round().clamp(0.0, 1e9) as u64
}

/// The sentences that say why a trend is in its list, in the order in which one asks.
pub(crate) fn why(locale: &Locale, finding: &Finding, step: Step) -> Vec<Html> {
    let (low, high) = finding.growth_between;
    let growth = match step {
        Step::Month => "trend.growth_month",
        Step::Quarter => "trend.growth_quarter",
        Step::Year => "trend.growth_year",
    };
    let number = |value: f64| Html::text(&decimal(locale, value));
    let values = [("times", number(finding.growth)), ("low", number(low)), ("high", number(high))];
    vec![
        locale.fill(growth, &values),
        named_by(locale, finding),
        locale.fill("trend.since", &[("date", locale.date(finding.rising_since))]),
        locale.fill("trend.first", &[("date", locale.date(finding.first_seen))]),
        chance(locale, finding),
    ]
}

/// In how many documents of how many sources it stands lately.
pub(crate) fn named_by(locale: &Locale, finding: &Finding) -> Html {
    let (_, recent) = finding.counts.split_at(finding.counts.len().saturating_sub(3));
    let documents = recent.iter().map(|count| u64::from(count.with)).sum();
    let sources = finding.sources.iter().filter(|part| part.recent > 0).count();
    let sources = u64::try_from(sources).unwrap_or_default();
    let values = [
        ("documents", Html::text(&locale.count("trend_documents", documents))),
        ("sources", Html::text(&locale.count("trend_sources", sources))),
    ];
    locale.fill("trend.named_by", &values)
}

/// How much chance has to do with it.
pub(crate) fn chance(locale: &Locale, finding: &Finding) -> Html {
    let (is_small, share) = per_hundred(locale, finding.false_alarms);
    let key = if is_small { "trend.chance_small" } else { "trend.chance" };
    locale.fill(key, &[("percent", Html::text(&share))])
}

/// So many of a hundred, and whether it is fewer than that: nobody can promise that it is none.
fn per_hundred(locale: &Locale, share: f64) -> (bool, String) {
    let tenths = tenths(share * 100.0);
    (tenths == 0, locale.tenths(tenths.max(1)))
}

/// The stage: as people decided, else as the figures suggest, and said so.
pub(crate) fn stage(
    locale: &Locale,
    vocabularies: &Vocabularies,
    language: Language,
    standing: &Standing,
    found: Option<(List, &Finding)>,
) -> Option<String> {
    let label = |word: &Slug| vocabularies.label(Vocabulary::Stages, word, language).to_owned();
    if let Some(word) = &standing.stage {
        return Some(locale.plain("trend.stage", &[("stage", &label(word))]));
    }
    let (list, finding) = found?;
    let word = finding.suggested_stage(list).parse::<Slug>().ok()?;
    Some(locale.plain("trend.stage_suggested", &[("stage", &label(&word))]))
}

/// How many of a list chance alone would have put there: the highest of its findings' shares, since
/// each says "of those at least as strong as this".
pub(crate) fn risk(locale: &Locale, findings: &[&Finding]) -> Option<String> {
    let highest = findings.iter().map(|finding| finding.false_alarms).fold(0.0, f64::max);
    let (is_small, percent) = per_hundred(locale, highest);
    let key = if is_small { "trends.risk_small" } else { "trends.risk" };
    (!findings.is_empty()).then(|| locale.plain(key, &[("percent", &percent)]))
}

/// Why a list is empty.
pub(crate) fn lack(locale: &Locale, picture: Option<&Picture>) -> Option<String> {
    let Some(picture) = picture else { return Some(locale.say("trends.unpainted").to_owned()) };
    let key = match picture.lack? {
        Lack::Documents => "trends.lack_documents",
        Lack::Time => "trends.lack_time",
        Lack::Sources => "trends.lack_sources",
        Lack::Rise => "trends.lack_rise",
    };
    Some(locale.say(key).to_owned())
}
