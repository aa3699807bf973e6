//! The generated tables of `README.md`.

use crate::table;
use bedside::protocol::catalogue::CATALOGUE;
use bedside::protocol::close::CloseReason;
use bedside::protocol::fault::{Fault, FaultCode};
use serde::Serialize;

/// Name and content of every generated section.
pub(crate) fn sections() -> Vec<(&'static str, String)> {
    vec![("operations", operations()), ("faults", faults()), ("closes", closes())]
}

fn operations() -> String {
    let mut generator = table::generator("/$defs");
    for row in CATALOGUE {
        (row.params)(&mut generator);
    }
    let definitions = table::definitions(&mut generator);
    let mut text = String::from(
        "| Operation | What it does | Params → output | Access | Proof | Effect | REST |\n|---|---|---|---|---|---|---|\n",
    );
    for row in CATALOGUE {
        text += &format!(
            "| `{}` | {} | `{}` → `{}` | {} | {} | {} | `{} {}` → {} |\n",
            row.name,
            table::summary(row, &definitions),
            row.params_type,
            row.output_type,
            table::access(row.access),
            table::proof(row.fresh),
            table::effect(row.effect),
            row.method,
            row.path,
            row.success,
        );
    }
    text
}

fn faults() -> String {
    let mut text = String::from(
        "| Code | Number | HTTP | Retry | Outcome | What it means |\n|---|---|---|---|---|---|\n",
    );
    for code in FaultCode::ALL {
        let fault = Fault::new(*code);
        text += &format!(
            "| `{}` | {} | {} | {} | {} | {} |\n",
            code.as_str(),
            code.number(),
            code.http_status(),
            word(&fault.retry),
            word(&fault.outcome),
            code.sentence(),
        );
    }
    text
}

fn closes() -> String {
    let mut text =
        String::from("| Code | Name | The client then | What it means |\n|---|---|---|---|\n");
    for it in CloseReason::ALL {
        text += &format!(
            "| {} | `{}` | {} | {} |\n",
            it.code(),
            it.name(),
            word(&it.verdict()),
            it.sentence(),
        );
    }
    text
}

/// The word of a plain enum, as on the wire.
fn word(it: &impl Serialize) -> String {
    serde_json::to_value(it).unwrap().as_str().unwrap().to_owned()
}
