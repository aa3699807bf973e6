//! `golden.json`: one example of every shape, in both codecs, for every implementation of the protocol to read.
//!
//! Each line is an example: its type in the schema, the JSON, and the bytes of the same in MessagePack as hexadecimals.

use crate::{examples, schema};
use bedside::protocol::catalogue::CATALOGUE;
use bedside::protocol::codec::Codec;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::{Debug, Write};

type ReadsBack = Box<dyn Fn(&Value, &[u8]) -> bool>;

/// One example.
pub(crate) struct Golden {
    /// What it shows.
    pub(crate) name: String,
    /// Name of its type.
    pub(crate) of: String,
    json: Value,
    bytes: Vec<u8>,
    /// Reads both codecs and compares with the value it was made of.
    reads_back: ReadsBack,
}

impl Golden {
    /// An example from a typed value.
    pub(crate) fn new<T>(name: impl Into<String>, value: T) -> Self
    where
        T: Serialize + DeserializeOwned + JsonSchema + PartialEq + Debug + 'static,
    {
        let json: Value =
            serde_json::from_slice(&Codec::Json.encode(&value).unwrap()).expect("JSON is JSON");
        Golden {
            name: name.into(),
            of: T::schema_name().into_owned(),
            bytes: Codec::MessagePack.encode(&value).unwrap(),
            json,
            reads_back: Box::new(move |json, bytes| {
                let text = serde_json::to_vec(json).unwrap();
                Codec::Json.decode::<T>(&text).as_ref() == Ok(&value)
                    && Codec::MessagePack.decode::<T>(bytes).as_ref() == Ok(&value)
            }),
        }
    }

    fn line(&self) -> Value {
        let hex = self.bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        json!({ "name": self.name, "type": self.of, "json": self.json, "msgpack": hex })
    }
}

/// The document: an array, an example a line.
pub(crate) fn document() -> String {
    let lines: Vec<_> = examples::all().iter().map(|it| it.line().to_string()).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

/// The schema of one type, with all it refers to.
fn validator(document: &Value, of: &str) -> jsonschema::Validator {
    let schema = json!({ "$ref": format!("#/$defs/{of}"), "$defs": document["$defs"] });
    jsonschema::draft202012::new(&schema).expect("a schema that holds")
}

#[test]
fn every_example_is_read_back_from_both_codecs() {
    for it in examples::all() {
        assert!((it.reads_back)(&it.json, &it.bytes), "{}", it.name);
    }
}

#[test]
fn both_codecs_carry_the_same_shape() {
    for it in examples::all() {
        assert_eq!(Codec::MessagePack.decode::<Value>(&it.bytes).unwrap(), it.json, "{}", it.name);
    }
}

#[test]
fn every_example_fits_its_schema_and_none_without_a_required_field() {
    let document = schema::document();
    for it in examples::all() {
        let validator = validator(&document, &it.of);
        let errors: Vec<_> = validator.iter_errors(&it.json).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", it.name);
        let required = document["$defs"][&it.of]["required"].as_array().into_iter().flatten();
        for field in required.filter_map(Value::as_str) {
            let mut less = it.json.clone();
            less.as_object_mut().unwrap().shift_remove(field);
            assert!(!validator.is_valid(&less), "{} without {field}", it.name);
        }
    }
}

#[test]
fn every_operation_has_an_example_of_what_it_takes_and_gives() {
    let examples = examples::all();
    let types: BTreeSet<_> = examples.iter().map(|it| it.of.as_str()).collect();
    for row in CATALOGUE {
        assert!(types.contains(row.params_type), "{}", row.name);
        assert!(types.contains(row.output_type), "{}", row.name);
    }
}

#[test]
fn every_kind_of_frame_event_and_answer_has_an_example() {
    let document = schema::document();
    let examples = examples::all();
    for (of, tag) in [
        ("ClientFrame", "type"),
        ("ServerFrame", "type"),
        ("Event", "kind"),
        ("TopicState", "kind"),
    ] {
        let kinds = document["$defs"][of]["oneOf"].as_array().expect("a tagged union");
        assert!(!kinds.is_empty());
        for kind in kinds {
            let kind = &kind["properties"][tag]["const"];
            let is_shown = examples.iter().any(|it| it.of == of && &it.json[tag] == kind);
            assert!(is_shown, "{of} {kind}");
        }
    }
}

#[test]
fn names_are_unique() {
    let mut names = BTreeSet::new();
    for it in examples::all() {
        assert!(names.insert(it.name.clone()), "{}", it.name);
    }
}
