//! Hợp đồng: entered once; each instalment becomes its dossier.

use leptos::prelude::*;

use hoso_contract::book::{ContractView, InstalmentView};
use hoso_contract::command::{PayInstalment, SaveContract, SettleInstalment};
use hoso_domain::book::{Contract, Instalment};
use hoso_domain::form::FieldKind;
use hoso_domain::money::Dong;

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
    let adding = RwSignal::new(false);
    let paying = RwSignal::new(false);
    let chosen = RwSignal::new(None::<ContractView>);
    let can = !desk.read_only();
    let contracts = rows(view, |b| &b.contracts);
    view! {
        {can.then(|| view! {
            <div class="row"><button type="button" class="btn main" data-testid="contract-add" on:click=move |_| adding.set(true)>{icon(Icon::Plus)}{t(W::ContractAdd)}</button></div>
        })}
        <NewContract open=adding reload/>
        <Pay open=paying chosen/>
        <div class="card scroll"><table class="list" data-testid="contract-book">
            {head(&[W::NumberWord, W::DayWord, W::PartyWord, W::SubjectWord, W::ValueWord, W::PaidOut, W::OpenWord, W::LeftWord, W::Nothing])}
            <tbody>{move || contracts.get().into_iter().map(|row| {
                let own = row.clone();
                view! {
                    <tr data-testid="contract-row"><td>{row.contract.number}</td><td>{say::date(row.contract.date)}</td>
                        <td>{row.contract.party}</td><td>{row.contract.subject}</td>
                        {money(row.contract.value)}{money(row.paid_out)}{money(row.open)}{money(row.left)}
                        <td class="act">{can.then(|| view! {
                            <button type="button" class="btn small" data-testid="contract-pay" on:click=move |_| {
                                chosen.set(Some(own.clone()));
                                paying.set(true);
                            }>{t(W::PayInstalment)}</button>
                        })}</td></tr>
                }
            }).collect_view()}</tbody>
        </table>{move || none(contracts.with(Vec::is_empty), W::NoContracts)}</div>
    }
}

#[component]
fn NewContract(open: RwSignal<bool>, reload: Callback<()>) -> impl IntoView {
    let desk = desk();
    let text = || RwSignal::new(String::new());
    let (number, date, party, tax, account, bank) =
        (text(), text(), text(), text(), text(), text());
    let (subject, value, rule, paid, advanced, recovered) =
        (text(), text(), text(), text(), text(), text());
    let typed = [
        number, date, party, tax, account, bank, subject, value, rule, paid, advanced, recovered,
    ];
    let wrong = RwSignal::new(false);
    let save = move |_| {
        let got = |s: RwSignal<String>| s.get_untracked().trim().to_owned();
        let sum = |s: RwSignal<String>| match got(s).as_str() {
            "" => Some(Dong::ZERO),
            said => Dong::parse(said).ok(),
        };
        let read = (
            day(&got(date)),
            sum(value),
            sum(paid),
            sum(advanced),
            sum(recovered),
        );
        let (Some(date), Some(value), Some(paid), Some(advanced), Some(recovered)) = read else {
            wrong.set(true);
            return;
        };
        if got(number).is_empty() || value <= Dong::ZERO {
            wrong.set(true);
            return;
        }
        wrong.set(false);
        let contract = Contract {
            number: got(number),
            date,
            party: got(party),
            party_tax_code: got(tax),
            party_account: got(account),
            party_bank: got(bank),
            subject: got(subject),
            value,
            advance_rule: got(rule),
            decision_number: String::new(),
            decision_date: None,
            opening_paid: paid,
            opening_advanced: advanced,
            opening_recovered: recovered,
        };
        finish(
            desk,
            SaveContract { contract },
            open,
            typed.to_vec(),
            reload,
        );
    };
    view! {
        <Modal open title=Signal::derive(|| t(W::ContractAdd).to_owned()) testid="contract" class="narrow">
            <Input testid="contract-number" label=W::NumberWord value=number/>
            <Input testid="contract-date" label=W::DayWord value=date kind=FieldKind::Date/>
            <Input testid="contract-party" label=W::PartyWord value=party/>
            <Input testid="contract-tax" label=W::TaxCodeWord value=tax/>
            <Input testid="contract-account" label=W::AccountWord value=account/>
            <Input testid="contract-bank" label=W::BankWord value=bank/>
            <Input testid="contract-subject" label=W::SubjectWord value=subject/>
            <Input testid="contract-value" label=W::ValueWord value=value kind=FieldKind::Money/>
            <Input testid="contract-rule" label=W::AdvanceRule value=rule/>
            <Input testid="contract-paid" label=W::PaidBefore value=paid kind=FieldKind::Money/>
            <Input testid="contract-advanced" label=W::AdvancedBefore value=advanced kind=FieldKind::Money/>
            <Input testid="contract-recovered" label=W::RecoveredBefore value=recovered kind=FieldKind::Money/>
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
            <Input testid="instalment-content" label=W::ContentCode value=content/>
            <Input testid="instalment-sector" label=W::SectorWord value=sector/>
            <Input testid="instalment-source" label=W::SourceWord value=source/>
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
