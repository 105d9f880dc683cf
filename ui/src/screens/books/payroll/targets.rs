//! Where the deductions of a pay table go: told once, offered again.

use std::collections::BTreeMap;

use leptos::prelude::*;

use hoso_contract::book::PayrollTargets;
use hoso_contract::view::Pick;
use hoso_domain::finding::Finding;
use hoso_domain::form::FieldKind;

use crate::widgets::field::{FieldSpec, TextField};
use crate::widgets::suggest::Source;
use crate::words::{W, t};

/// Who gets what is held back, field by field of forms 13 and 14.
const FIELDS: [(&str, &str, W, FieldKind, &str); 15] = [
    (
        "insurance",
        "payee_name",
        W::PayeeNameWord,
        FieldKind::Text,
        "",
    ),
    (
        "insurance",
        "payee_account",
        W::AccountWord,
        FieldKind::BankAccount,
        "",
    ),
    ("insurance", "payee_bank", W::BankWord, FieldKind::Text, ""),
    (
        "insurance",
        "payee_tax_code",
        W::TaxCodeWord,
        FieldKind::TaxCode,
        "",
    ),
    ("union", "payee_name", W::PayeeNameWord, FieldKind::Text, ""),
    (
        "union",
        "payee_account",
        W::AccountWord,
        FieldKind::BankAccount,
        "",
    ),
    ("union", "payee_bank", W::BankWord, FieldKind::Text, ""),
    (
        "union",
        "payee_tax_code",
        W::TaxCodeWord,
        FieldKind::TaxCode,
        "",
    ),
    ("tax", "taxpayer_name", W::Taxpayer, FieldKind::Text, ""),
    (
        "tax",
        "taxpayer_tax_code",
        W::TaxCodeWord,
        FieldKind::TaxCode,
        "",
    ),
    (
        "tax",
        "tax_economic_content",
        W::ContentCode,
        FieldKind::Code,
        "economic-content",
    ),
    (
        "tax",
        "tax_chapter",
        W::TaxChapter,
        FieldKind::Code,
        "chapter",
    ),
    (
        "tax",
        "revenue_account",
        W::RevenueAccount,
        FieldKind::Code,
        "revenue-account",
    ),
    ("tax", "revenue_agency", W::Agency, FieldKind::Text, ""),
    (
        "tax",
        "revenue_treasury",
        W::RevenueTreasury,
        FieldKind::Text,
        "",
    ),
];

/// Fields a voucher may do without.
const OPTIONAL: [&str; 2] = ["payee_tax_code", "revenue_treasury"];

/// The targets under the hands of a person.
#[derive(Clone, Copy)]
pub struct Form {
    pub sector: RwSignal<String>,
    pub source: RwSignal<String>,
    fields: StoredValue<Vec<ArcRwSignal<String>>>,
}

impl Form {
    pub fn new() -> Self {
        Self {
            sector: RwSignal::new("341".to_owned()),
            source: RwSignal::new("13".to_owned()),
            fields: StoredValue::new(FIELDS.map(|_| ArcRwSignal::new(String::new())).to_vec()),
        }
    }

    /// Shows what is known.
    pub fn take(self, known: &PayrollTargets) {
        for (signal, value) in [(self.sector, &known.sector), (self.source, &known.source)] {
            if !value.is_empty() {
                signal.try_set(value.clone());
            }
        }
        for ((purpose, field, ..), signal) in FIELDS.iter().zip(self.fields.get_value()) {
            if let Some(value) = known.payees.get(*purpose).and_then(|p| p.get(*field)) {
                signal.set(value.clone());
            }
        }
    }

    pub fn read(self) -> PayrollTargets {
        let mut payees: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for ((purpose, field, ..), signal) in FIELDS.iter().zip(self.fields.get_value()) {
            let value = signal.get_untracked().trim().to_owned();
            let of = payees.entry((*purpose).to_owned()).or_default();
            if !value.is_empty() {
                of.insert((*field).to_owned(), value);
            }
        }
        PayrollTargets {
            sector: self.sector.get_untracked().trim().to_owned(),
            source: self.source.get_untracked().trim().to_owned(),
            payees,
        }
    }

    /// The payments that lack something, in words; follows what is typed.
    pub fn missing(self) -> Option<String> {
        let mut gone: Vec<&str> = Vec::new();
        for ((purpose, field, ..), signal) in FIELDS.iter().zip(self.fields.get_value()) {
            let word = t(purpose_word(purpose));
            if signal.with(|v| v.trim().is_empty())
                && !OPTIONAL.contains(field)
                && !gone.contains(&word)
            {
                gone.push(word);
            }
        }
        (!gone.is_empty()).then(|| gone.join("; "))
    }

    /// A payee that was chosen brings account and bank.
    fn picked(self, purpose: &str, pick: &Pick) {
        for ((of, field, ..), signal) in FIELDS.iter().zip(self.fields.get_value()) {
            if *of == purpose
                && let Some(value) = pick.fills.get(*field)
            {
                signal.set(value.clone());
            }
        }
    }
}

fn purpose_word(purpose: &str) -> W {
    match purpose {
        "insurance" => W::Insurance,
        "union" => W::UnionFee,
        _ => W::IncomeTax,
    }
}

#[component]
pub fn Targets(form: Form) -> impl IntoView {
    let each = |wanted: &'static str| {
        let fields = FIELDS
            .iter()
            .zip(form.fields.get_value())
            .filter(|((purpose, ..), _)| *purpose == wanted)
            .map(|((_, field, label, kind, list), value)| {
                one(form, wanted, field, *label, *kind, list, value)
            })
            .collect_view();
        view! {
            <h3 class="section-title">{t(purpose_word(wanted))}</h3>
            <div class="targets">{fields}</div>
        }
    };
    view! {
        <details class="fold roomy">
            <summary data-testid="payroll-targets">{t(W::PayTargets)}</summary>
            {["insurance", "union", "tax"].into_iter().map(each).collect_view()}
        </details>
    }
}

fn one(
    form: Form,
    purpose: &'static str,
    field: &'static str,
    label: W,
    kind: FieldKind,
    list: &'static str,
    value: ArcRwSignal<String>,
) -> impl IntoView {
    let source = match (field, list) {
        ("payee_name", _) => Source::Payees,
        (_, "") => Source::None,
        (_, list) => Source::Codes(list.to_owned()),
    };
    let spec = FieldSpec {
        id: format!("target-{purpose}-{field}"),
        testid: format!("target-{purpose}-{field}"),
        label: t(label).to_owned(),
        required: false,
        kind,
        catalogue: list.to_owned(),
        max: 250,
        help: String::new(),
        source,
        span: 12,
    };
    let none = Callback::new(|()| {});
    view! {
        <TextField spec value read_only=Signal::stored(false) beside=Signal::stored(String::new())
            problems=Signal::stored(Vec::<Finding>::new()) remarks=Signal::stored(Vec::<String>::new())
            edited=none left=none picked=Callback::new(move |pick: Pick| form.picked(purpose, &pick))/>
    }
}
