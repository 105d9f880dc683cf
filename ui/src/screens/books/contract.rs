//! Hợp đồng: entered once; each instalment becomes its dossier.

use leptos::prelude::*;

use chrono::NaiveDate;
use hoso_contract::book::{ContractView, InstalmentView};
use hoso_contract::command::{PayInstalment, SaveContract, SettleInstalment};
use hoso_domain::book::{Contract, Instalment};
use hoso_domain::form::FieldKind;
use hoso_domain::form::value;
use hoso_domain::money::Dong;

use super::code::CodeInput;
use super::entry::{Input, day};
use super::{View, finish, head, money, none, rows};
use crate::icons::{Icon, icon};
use crate::say;
use crate::state::desk;
use crate::widgets::modal::Modal;
use crate::words::{W, t, tf};

#[component]
pub fn Contracts(view: View, reload: Callback<()>) -> impl IntoView {
    let desk = desk();
    let keeping = RwSignal::new(false);
    let form = Form::new();
    let paying = RwSignal::new(false);
    let chosen = RwSignal::new(None::<ContractView>);
    let can = !untrack(|| desk.read_only());
    let contracts = rows(view, |b| &b.contracts);
    view! {
        {can.then(|| view! {
            <div class="row"><button type="button" class="btn main" data-testid="contract-add" on:click=move |_| {
                form.begin();
                keeping.set(true);
            }>{icon(Icon::Plus)}{t(W::ContractAdd)}</button></div>
        })}
        <KeepContract open=keeping form reload/>
        <Pay open=paying chosen/>
        <div class="card scroll"><table class="list" data-testid="contract-book">
            {head(&[W::NumberWord, W::DayWord, W::PartyWord, W::SubjectWord, W::ValueWord, W::PaidOut, W::OpenWord, W::LeftWord, W::Nothing])}
            <tbody>{move || contracts.get().into_iter().map(|row| {
                let own = row.clone();
                let mended = row.contract.clone();
                view! {
                    <tr data-testid="contract-row"><td>{row.contract.number}</td><td>{say::date(row.contract.date)}</td>
                        <td>{row.contract.party}</td><td>{row.contract.subject}</td>
                        {money(row.contract.value)}{money(row.paid_out)}{money(row.open)}{money(row.left)}
                        <td class="act">{can.then(|| view! {
                            <button type="button" class="btn small" data-testid="contract-pay" on:click=move |_| {
                                chosen.set(Some(own.clone()));
                                paying.set(true);
                            }>{t(W::PayInstalment)}</button>
                            <button type="button" class="btn quiet small" data-testid="contract-mend" on:click=move |_| {
                                form.show(&mended);
                                keeping.set(true);
                            }>{t(W::Mend)}</button>
                        })}</td></tr>
                }
            }).collect_view()}</tbody>
        </table>{move || none(contracts.with(Vec::is_empty), W::NoContracts)}</div>
    }
}

/// A contract under the hands of a person.
#[derive(Clone, Copy)]
struct Form {
    number: RwSignal<String>,
    date: RwSignal<String>,
    party: RwSignal<String>,
    tax: RwSignal<String>,
    account: RwSignal<String>,
    bank: RwSignal<String>,
    subject: RwSignal<String>,
    value: RwSignal<String>,
    rule: RwSignal<String>,
    decision: RwSignal<String>,
    decision_day: RwSignal<String>,
    paid: RwSignal<String>,
    advanced: RwSignal<String>,
    recovered: RwSignal<String>,
    /// One that is kept already: its number and day are its name.
    known: RwSignal<bool>,
}

impl Form {
    fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            number: text(),
            date: text(),
            party: text(),
            tax: text(),
            account: text(),
            bank: text(),
            subject: text(),
            value: text(),
            rule: text(),
            decision: text(),
            decision_day: text(),
            paid: text(),
            advanced: text(),
            recovered: text(),
            known: RwSignal::new(false),
        }
    }

    fn all(self) -> [RwSignal<String>; 14] {
        [
            self.number,
            self.date,
            self.party,
            self.tax,
            self.account,
            self.bank,
            self.subject,
            self.value,
            self.rule,
            self.decision,
            self.decision_day,
            self.paid,
            self.advanced,
            self.recovered,
        ]
    }

    /// A new one; what was typed of a new one before stays.
    fn begin(self) {
        if self.known.get_untracked() {
            self.known.set(false);
            for field in self.all() {
                field.set(String::new());
            }
        }
    }

    /// One that is kept, to be mended.
    fn show(self, c: &Contract) {
        let day = |d: NaiveDate| value::display(FieldKind::Date, &d.to_string());
        let sum = |d: Dong| {
            if d == Dong::ZERO {
                String::new()
            } else {
                d.to_string()
            }
        };
        let said = [
            c.number.clone(),
            day(c.date),
            c.party.clone(),
            c.party_tax_code.clone(),
            c.party_account.clone(),
            c.party_bank.clone(),
            c.subject.clone(),
            c.value.to_string(),
            c.advance_rule.clone(),
            c.decision_number.clone(),
            c.decision_date.map(day).unwrap_or_default(),
            sum(c.opening_paid),
            sum(c.opening_advanced),
            sum(c.opening_recovered),
        ];
        for (field, said) in self.all().into_iter().zip(said) {
            field.set(said);
        }
        self.known.set(true);
    }

    /// `None` where a day or an amount cannot be read, or number or value are missing.
    fn read(self) -> Option<Contract> {
        let got = |s: RwSignal<String>| s.get_untracked().trim().to_owned();
        let sum = |s: RwSignal<String>| match got(s).as_str() {
            "" => Some(Dong::ZERO),
            said => Dong::parse(said).ok(),
        };
        let decision_date = match got(self.decision_day).as_str() {
            "" => None,
            said => Some(day(said)?),
        };
        let contract = Contract {
            number: got(self.number),
            date: day(&got(self.date))?,
            party: got(self.party),
            party_tax_code: got(self.tax),
            party_account: got(self.account),
            party_bank: got(self.bank),
            subject: got(self.subject),
            value: sum(self.value)?,
            advance_rule: got(self.rule),
            decision_number: got(self.decision),
            decision_date,
            opening_paid: sum(self.paid)?,
            opening_advanced: sum(self.advanced)?,
            opening_recovered: sum(self.recovered)?,
        };
        (!contract.number.is_empty() && contract.value > Dong::ZERO).then_some(contract)
    }
}

#[component]
fn KeepContract(open: RwSignal<bool>, form: Form, reload: Callback<()>) -> impl IntoView {
    let desk = desk();
    let wrong = RwSignal::new(false);
    let known = form.known;
    let save = move |_| {
        let read = form.read();
        wrong.set(read.is_none());
        if let Some(contract) = read {
            let typed = form.all().to_vec();
            finish(desk, SaveContract { contract }, open, typed, reload);
        }
    };
    let title = Signal::derive(move || {
        let word = if known.get() {
            W::ContractMend
        } else {
            W::ContractAdd
        };
        t(word).to_owned()
    });
    view! {
        <Modal open title testid="contract" class="narrow">
            {move || known.get().then(|| view! { <p class="note">{t(W::ContractNamed)}</p> })}
            <Input testid="contract-number" label=W::NumberWord value=form.number locked=known.get_untracked()/>
            <Input testid="contract-date" label=W::DayWord value=form.date kind=FieldKind::Date locked=known.get_untracked()/>
            <Input testid="contract-party" label=W::PartyWord value=form.party/>
            <Input testid="contract-tax" label=W::TaxCodeWord value=form.tax/>
            <Input testid="contract-account" label=W::AccountWord value=form.account/>
            <Input testid="contract-bank" label=W::BankWord value=form.bank/>
            <Input testid="contract-subject" label=W::SubjectWord value=form.subject/>
            <Input testid="contract-value" label=W::ValueWord value=form.value kind=FieldKind::Money/>
            <Input testid="contract-rule" label=W::AdvanceRule value=form.rule/>
            <Input testid="contract-decision" label=W::ContractorDecision value=form.decision/>
            <Input testid="contract-decision-day" label=W::ContractorDecisionDay value=form.decision_day kind=FieldKind::Date/>
            <Input testid="contract-paid" label=W::PaidBefore value=form.paid kind=FieldKind::Money/>
            <Input testid="contract-advanced" label=W::AdvancedBefore value=form.advanced kind=FieldKind::Money/>
            <Input testid="contract-recovered" label=W::RecoveredBefore value=form.recovered kind=FieldKind::Money/>
            {move || wrong.get().then(|| view! { <p class="err" role="alert">{t(W::EntryWrong)}</p> })}
            <div class="row"><button type="button" class="btn main" data-testid="contract-save" on:click=save>{t(W::Keep)}</button></div>
        </Modal>
    }
}

/// One instalment: what was accepted, what it comes to, and the dossier.
#[component]
fn Pay(open: RwSignal<bool>, chosen: RwSignal<Option<ContractView>>) -> impl IntoView {
    let desk = desk();
    let text = || RwSignal::new(String::new());
    let (acceptance, date, accepted, recover) = (text(), text(), text(), text());
    let (content, sector, source) = (text(), text(), text());
    let shown = RwSignal::new(None::<InstalmentView>);
    // what was typed of one contract is nothing to another
    let whose = Memo::new(move |_| chosen.with(|c| c.as_ref().map(|c| c.contract.key())));
    Effect::new(move |before: Option<()>| {
        whose.track();
        if before.is_some() {
            for field in [acceptance, date, accepted, recover, content, sector, source] {
                field.set(String::new());
            }
            shown.set(None);
        }
    });
    let read = move || {
        let got = |s: RwSignal<String>| s.get_untracked().trim().to_owned();
        Some(Instalment {
            acceptance_number: got(acceptance),
            acceptance_date: day(&got(date))?,
            accepted: Dong::parse(&got(accepted)).ok()?,
            recover: Dong::parse(&got(recover)).ok(),
        })
    };
    let key = move || chosen.with_untracked(|c| c.as_ref().map(|c| c.contract.key()));
    let ask = move |_| {
        let (Some(contract), Some(instalment)) = (key(), read()) else {
            desk.toast(t(W::EntryWrong));
            return;
        };
        let command = SettleInstalment {
            contract,
            instalment,
        };
        desk.run(command, move |got| {
            for (field, code) in [
                (content, &got.economic_content),
                (sector, &got.sector),
                (source, &got.source),
            ] {
                if field.get_untracked().is_empty() {
                    field.set(code.clone());
                }
            }
            shown.set(Some(got));
        });
    };
    let make = move |_| {
        let (Some(contract), Some(instalment)) = (key(), read()) else {
            return;
        };
        let got = |s: RwSignal<String>| s.get_untracked().trim().to_owned();
        let command = PayInstalment {
            contract,
            instalment,
            economic_content: got(content),
            sector: got(sector),
            source: got(source),
        };
        desk.run(command, move |id| {
            open.set(false);
            desk.edit(id);
        });
    };
    view! {
        <Modal open title=Signal::derive(|| t(W::PayInstalment).to_owned()) testid="instalment" class="narrow">
            <p class="note">{move || chosen.with(|c| c.as_ref().map(|c| tf(W::ContractLine, &[&c.contract.number, &c.contract.party, &c.left])))}</p>
            <Input testid="instalment-acceptance" label=W::AcceptanceNumber value=acceptance/>
            <Input testid="instalment-date" label=W::AcceptanceDay value=date kind=FieldKind::Date/>
            <Input testid="instalment-accepted" label=W::AcceptedWord value=accepted kind=FieldKind::Money/>
            <Input testid="instalment-recover" label=W::RecoverWord value=recover kind=FieldKind::Money/>
            <CodeInput testid="instalment-content" label=W::ContentCode value=content list="economic-content"/>
            <CodeInput testid="instalment-sector" label=W::SectorWord value=sector list="sector"/>
            <CodeInput testid="instalment-source" label=W::SourceWord value=source list="source"/>
            {move || shown.get().map(|s| view! {
                <dl class="facts" data-testid="settlement">
                    <dt>{t(W::RecoveredNow)}</dt><dd>{s.settlement.recovered.to_string()}</dd>
                    <dt>{t(W::PaidNow)}</dt><dd>{s.settlement.paid.to_string()}</dd>
                    <dt>{t(W::OpenAfter)}</dt><dd>{s.settlement.open_after.to_string()}</dd>
                    <dt>{t(W::LeftAfter)}</dt><dd>{s.settlement.left_after.to_string()}</dd>
                </dl>
            })}
            <div class="row">
                <button type="button" class="btn" data-testid="instalment-settle" on:click=ask>{t(W::WorkOut)}</button>
                <button type="button" class="btn main" data-testid="instalment-make" disabled=move || shown.get().is_none() on:click=make>{t(W::MakeDossier)}</button>
            </div>
        </Modal>
    }
}
