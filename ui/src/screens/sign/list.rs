//! What waits for a signature: payee, bank, amount, usable balance, warnings.

use leptos::prelude::*;

use hoso_contract::view::SignItem;

use super::{Signing, role_word};
use crate::icons::{Icon, icon};
use crate::say;
use crate::words::{W, t, tf};

#[component]
pub fn SignList(signing: Signing) -> impl IntoView {
    let fitting = move || -> Vec<_> {
        signing
            .queue
            .with(|q| q.iter().filter(|i| signing.fits(i)).map(|i| i.id).collect())
    };
    let none_fits = Memo::new(move |_| fitting().is_empty());
    let all_ticked = move || {
        !none_fits.get()
            && signing
                .ticked
                .with(|ticked| fitting().iter().all(|id| ticked.contains(id)))
    };
    let tick_all = move |on: bool| {
        let fitting = untrack(fitting);
        signing.ticked.update(|t| {
            t.clear();
            if on {
                t.extend(fitting);
            }
        });
    };
    view! {
        <section class="card sign-list" aria-label=t(W::ToSignList)>
            <label class="tick all">
                <input type="checkbox" data-testid="sign-all" disabled=move || none_fits.get()
                    prop:checked=all_ticked on:change=move |e| tick_all(event_target_checked(&e))/>
                <span>{t(W::TickAll)}</span>
            </label>
            <ul>
                <For each=move || signing.queue.get() key=|i| format!("{i:?}") let:item><Row signing item/></For>
            </ul>
        </section>
    }
}

#[component]
fn Row(signing: Signing, item: SignItem) -> impl IntoView {
    let id = item.id;
    let here = Memo::new(move |_| signing.viewed.get() == Some(id));
    let ticked = Memo::new(move |_| signing.ticked.with(|t| t.contains(&id)));
    let seen = Memo::new(move |_| signing.seen.with(|s| s.contains(&id)));
    let step = item.clone();
    let fits = Memo::new(move |_| signing.fits(&step));
    let warnings = item.warnings.len();
    let said = item
        .warnings
        .iter()
        .map(say::finding)
        .collect::<Vec<_>>()
        .join("\n");
    let name = if item.title.is_empty() {
        item.number.clone()
    } else {
        item.title.clone()
    };
    view! {
        <li class="sign-item" class:on=move || here.get() class:out=move || !fits.get()
            data-testid="sign-item" data-dossier=id.to_string()>
            <input type="checkbox" data-testid=format!("sign-tick-{}", item.number) aria-label=tf(W::TickItem, &[&name])
                disabled=move || !fits.get() title=move || (!fits.get()).then_some(t(W::NotForThisRole))
                prop:checked=move || ticked.get() && fits.get()
                on:change=move |e| {
                    let on = event_target_checked(&e);
                    signing.ticked.update(|t| { if on { t.insert(id); } else { t.remove(&id); } });
                }/>
            <button type="button" class="sign-look" aria-current=move || here.get().then_some("true") on:click=move |_| signing.look(id)>
                <b>{name.clone()}</b>
                <span class="num strong">{format!("{} đ", item.total)}</span>
                <small>{item.payee.clone()}{(!item.payee_bank.is_empty()).then(|| format!(" · {}", item.payee_bank))}</small>
                <small>
                    {format!("{} · {}", item.number, tf(W::FormNumber, &[&item.form]))}
                    {item.usable.map(|u| format!(" · {}", tf(W::UsableShort, &[&u])))}
                </small>
                <span class="tags">
                    <span class="tag info small">{role_word(&item)}</span>
                    {(warnings > 0).then(|| view! {
                        <span class="tag wait small" title=said.clone()>
                            {icon(Icon::Warning)}{tf(W::Warnings, &[&warnings])}
                        </span>
                    })}
                    {move || seen.get().then(|| view! { <span class="tag flat small">{icon(Icon::Eye)}{t(W::SeenOne)}</span> })}
                </span>
                {move || (!fits.get()).then(|| view! { <small class="bad">{t(W::NotForThisRole)}</small> })}
            </button>
            {move || signing.outcome.with(|o| o.get(&id).cloned()).map(|end| match end {
                None => view! { <p class="note good" data-testid="signed-ok">{icon(Icon::Check)}{t(W::SignedOk)}</p> }.into_any(),
                Some(error) => {
                    let words = say::failure(&error);
                    view! { <p class="err" data-testid="signed-error" data-code=error.code.as_str()>{icon(Icon::Cross)}<span>{words.title}". "{words.remedy}</span></p> }.into_any()
                }
            })}
        </li>
    }
}
