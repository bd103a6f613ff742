//! The values of a JSON Feed that are read, taken out while the rest goes by.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// Most authors of a list that are taken.
const MAX_AUTHORS: usize = 100;

/// The values of the feed itself. After an error it holds what was whole before.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Most items that are taken.
    pub(crate) max_items: usize,
    pub(crate) version: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) home_page: Option<String>,
    /// `feed_url`: what it calls itself.
    pub(crate) feed_url: Option<String>,
    /// The addresses of its `hubs` that speak WebSub.
    pub(crate) hubs: Vec<String>,
    pub(crate) language: Option<String>,
    /// `authors` of version 1.1.
    pub(crate) authors: Option<Vec<String>>,
    /// `author` of version 1.0.
    pub(crate) author: Vec<String>,
    /// Whether there is a list of items.
    pub(crate) has_items: bool,
    /// Whether there are more than `max_items`.
    pub(crate) has_more: bool,
    /// The items; `None` for what is no object.
    pub(crate) items: Vec<Option<Item>>,
}

/// The values of an item.
#[derive(Debug, Default)]
pub(crate) struct Item {
    pub(crate) id: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) external_url: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) content_html: Option<String>,
    pub(crate) content_text: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) date_published: Option<String>,
    pub(crate) date_modified: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) authors: Option<Vec<String>>,
    pub(crate) author: Vec<String>,
}

impl<'de> DeserializeSeed<'de> for &mut Document {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Document {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "version" => self.version = word(&mut map)?,
                "title" => self.title = word(&mut map)?,
                "home_page_url" => self.home_page = word(&mut map)?,
                "feed_url" => self.feed_url = word(&mut map)?,
                "hubs" => self.hubs = map.next_value_seed(Loose(Hubs))?.unwrap_or_default(),
                "language" => self.language = word(&mut map)?,
                "authors" => self.authors = map.next_value_seed(Loose(Names))?,
                "author" => self.author = map.next_value_seed(Loose(Name))?.into_iter().collect(),
                "items" => {
                    self.items.clear();
                    self.has_items = map.next_value_seed(Loose(Items(self)))?.is_some();
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

fn word<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<String>, A::Error> {
    map.next_value_seed(Loose(Word))
}

/// Something that stands in one kind of value; every other kind is passed over.
trait Wanted<'de>: Sized {
    type Value;

    fn text(self, _text: &str) -> Option<Self::Value> {
        None
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Self::Value>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Self::Value>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

struct Loose<W>(W);

impl<'de, W: Wanted<'de>> DeserializeSeed<'de> for Loose<W> {
    type Value = Option<W::Value>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, W: Wanted<'de>> Visitor<'de> for Loose<W> {
    type Value = Option<W::Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _value: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.0.text(&number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.0.text(&number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(serde_json::Number::from_f64(number).and_then(|number| self.0.text(&number.to_string())))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.0.object(map)
    }
}

/// What people write as text; version 1.0 also had numbers as ids.
struct Word;

impl Wanted<'_> for Word {
    type Value = String;

    fn text(self, text: &str) -> Option<String> {
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// The name of an author.
struct Name;

impl<'de> Wanted<'de> for Name {
    type Value = String;

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
        let mut name = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "name" {
                name = word(&mut map)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(name)
    }
}

/// Most hubs of a list that are taken.
const MAX_HUBS: usize = 8;

/// A hub of JSON Feed 1.1, where it speaks WebSub.
struct Hub;

impl<'de> Wanted<'de> for Hub {
    type Value = String;

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
        let (mut kind, mut url) = (None, None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "type" => kind = word(&mut map)?,
                "url" => url = word(&mut map)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(url.filter(|_| kind.is_some_and(|kind| kind.eq_ignore_ascii_case("websub"))))
    }
}

struct Hubs;

impl<'de> Wanted<'de> for Hubs {
    type Value = Vec<String>;

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Vec<String>>, A::Error> {
        let mut hubs = Vec::new();
        while let Some(hub) = list.next_element_seed(Loose(Hub))? {
            hubs.extend(hub.filter(|_| hubs.len() < MAX_HUBS));
        }
        Ok(Some(hubs))
    }
}

/// The names of a list of authors.
struct Names;

impl<'de> Wanted<'de> for Names {
    type Value = Vec<String>;

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Vec<String>>, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element_seed(Loose(Name))? {
            names.extend(name.filter(|_| names.len() < MAX_AUTHORS));
        }
        Ok(Some(names))
    }
}

/// The list of items.
struct Items<'a>(&'a mut Document);

impl<'de> Wanted<'de> for Items<'_> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<()>, A::Error> {
        self.0.has_items = true;
        while let Some(item) = list.next_element_seed(Loose(OneItem))? {
            if self.0.items.len() >= self.0.max_items {
                self.0.has_more = true;
                return Err(A::Error::custom("too many items"));
            }
            self.0.items.push(item);
        }
        Ok(Some(()))
    }
}

/// An item of the list.
struct OneItem;

impl<'de> Wanted<'de> for OneItem {
    type Value = Item;

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Item>, A::Error> {
        let mut item = Item::default();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let place = match key.as_ref() {
                "id" => &mut item.id,
                "url" => &mut item.url,
                "external_url" => &mut item.external_url,
                "title" => &mut item.title,
                "content_html" => &mut item.content_html,
                "content_text" => &mut item.content_text,
                "summary" => &mut item.summary,
                "date_published" => &mut item.date_published,
                "date_modified" => &mut item.date_modified,
                "language" => &mut item.language,
                "authors" => {
                    item.authors = map.next_value_seed(Loose(Names))?;
                    continue;
                }
                "author" => {
                    item.author = map.next_value_seed(Loose(Name))?.into_iter().collect();
                    continue;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *place = word(&mut map)?;
        }
        Ok(Some(item))
    }
}
