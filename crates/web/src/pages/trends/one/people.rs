//! What people decided about a trend, how they rate it, and what became of their calls.

use observatory_model::decision::{Act, Decision, Standing};
use observatory_model::rating::{Rating, Spread, latest};
use observatory_model::vocabulary::Vocabulary;
use observatory_model::{Language, Slug};

use crate::error::PageError;
use crate::foresight::words;
use crate::html::Html;
use crate::reader::Reader;
use crate::state::Site;

/// Decisions and calls that are shown, the latest; the file has all.
const SHOWN: usize = 10;

/// What people say, as lines.
pub(super) struct People {
    /// What was decided, the latest first: the line, and the reason.
    pub(super) decisions: Vec<(Html, String)>,
    /// The spread of the grades, scale by scale.
    pub(super) spreads: Vec<String>,
    /// Calls on the future: the line, and how it ended where it did.
    pub(super) calls: Vec<(Html, Option<&'static str>)>,
}

impl People {
    pub(super) async fn of(
        site: &Site,
        reader: &Reader,
        trend: &Slug,
        decisions: &[Decision],
    ) -> Result<Self, PageError> {
        let ratings = site.store().ratings(Some(trend)).await?;
        let outcomes = site.store().outcomes(Some(trend)).await?;
        let call = |rating: &Rating| {
            let call = rating.call.as_ref()?;
            let values = [
                ("name", Html::name(rating.rater.as_str())),
                ("percent", Html::text(&call.probability.number().to_string())),
                ("date", reader.locale.date(call.until)),
                ("criterion", Html::name(&call.criterion)),
            ];
            let end = outcomes.get(&rating.id).map(|outcome| {
                let key = if outcome.came_true { "trend.came_true" } else { "trend.came_not" };
                reader.locale.sentence(key)
            });
            Some((reader.locale.fill("trend.call", &values), end))
        };
        let decided =
            |decision: &Decision| (decision_line(site, reader, decision), decision.reason.clone());
        Ok(Self {
            decisions: decisions.iter().rev().take(SHOWN).map(decided).collect(),
            spreads: spreads(reader, &latest(&ratings)),
            calls: ratings.iter().rev().filter_map(call).take(SHOWN).collect(),
        })
    }
}

fn decision_line(site: &Site, reader: &Reader, decision: &Decision) -> Html {
    let values = [
        ("date", reader.locale.date(decision.at)),
        ("name", Html::name(decision.by.as_str())),
        ("act", act(site, reader, &decision.act)),
    ];
    reader.locale.fill("trend.decided", &values)
}

fn act(site: &Site, reader: &Reader, act: &Act) -> Html {
    let label = |vocabulary: Vocabulary, word: &Slug| {
        site.vocabularies().label(vocabulary, word, reader.language).to_owned()
    };
    let (key, to) = match act {
        Act::Pin => ("decision.pin", String::new()),
        Act::Unpin => ("decision.unpin", String::new()),
        Act::Dismiss => ("decision.dismiss", String::new()),
        Act::Restore => ("decision.restore", String::new()),
        Act::Separate => ("decision.separate", String::new()),
        Act::Look => ("decision.look", String::new()),
        Act::Merge { into } => ("decision.merge", into.to_string()),
        Act::Split { name } => ("decision.split", name.clone()),
        Act::Rename { name, .. } => ("decision.rename", name.clone()),
        Act::Stage { to } => ("decision.stage", label(Vocabulary::Stages, to)),
        Act::Horizon { to } => ("decision.horizon", label(Vocabulary::Horizons, to)),
        Act::Sector { to } => ("decision.sector", label(Vocabulary::Sectors, to)),
        Act::Relate { kind, to } => {
            ("decision.relate", format!("{} {to}", label(Vocabulary::Relations, kind)))
        }
    };
    reader.locale.fill(key, &[("to", Html::name(&to))])
}

/// What holds, in sentences: stage, horizon, sector.
pub(super) fn verdict(
    site: &Site,
    reader: &Reader,
    stage: Option<String>,
    standing: &Standing,
) -> String {
    let language: Language = reader.language;
    let say = |key: &str, name: &str, vocabulary: Vocabulary, word: &Option<Slug>| {
        let label = site.vocabularies().label(vocabulary, word.as_ref()?, language);
        Some(reader.locale.plain(key, &[(name, label)]))
    };
    let sentences = [
        stage,
        say("trend.horizon", "horizon", Vocabulary::Horizons, &standing.horizon),
        say("trend.sector", "sector", Vocabulary::Sectors, &standing.sector),
    ];
    reader.locale.run(&sentences.into_iter().flatten().collect::<Vec<_>>())
}

/// Who set it aside, and why.
pub(super) fn dismissed(reader: &Reader, standing: &Standing) -> Option<(Html, String)> {
    let decision = standing.dismissed.as_ref()?;
    let values =
        [("name", Html::name(decision.by.as_str())), ("date", reader.locale.date(decision.at))];
    Some((reader.locale.fill("trend.dismissed", &values), decision.reason.clone()))
}

/// How far apart people are on each scale, never only a mean.
fn spreads(reader: &Reader, ratings: &[&Rating]) -> Vec<String> {
    let locale = reader.locale;
    let scales = [
        ("trend.impact", Spread::of(ratings.iter().filter_map(|rating| rating.impact))),
        ("trend.novelty", Spread::of(ratings.iter().filter_map(|rating| rating.novelty))),
        ("trend.uncertainty", Spread::of(ratings.iter().filter_map(|rating| rating.uncertainty))),
    ];
    let line = |(scale, spread): (&str, Option<Spread>)| {
        let spread = spread?;
        let count = |number: usize| u64::try_from(number).unwrap_or_default();
        let raters = locale.count("raters", count(spread.count));
        let values = [
            ("scale", locale.say(scale).to_owned()),
            ("median", words::decimal(locale, spread.median)),
            ("low", spread.lowest.number().to_string()),
            ("high", spread.highest.number().to_string()),
            ("raters", raters),
        ];
        let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
        let mut sentences = vec![locale.plain("trend.spread", &values)];
        if spread.dissent > 0 {
            let number = locale.number(count(spread.dissent));
            sentences.push(locale.plain("trend.dissent", &[("number", &number)]));
        }
        Some(locale.run(&sentences))
    };
    scales.into_iter().filter_map(line).collect()
}
