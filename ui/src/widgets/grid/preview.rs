//! Before a pasted table goes in: what could not be read, what reads two ways, what is old.

use leptos::prelude::*;

use hoso_domain::paste::{Choice, NumberExample, Numbers, Taken};

use super::clip::Pasted;
use super::steer::Steer;
use crate::icons::{Icon, icon};
use crate::rules;
use crate::widgets::modal::Modal;
use crate::words::{W, t, tf};

/// Lines and unread cells that are shown; the counts are whole.
const LINES: usize = 6;
const CELLS: usize = 12;

#[component]
pub fn PastePreview(steer: Steer) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(steer.pasted.with(Option::is_some)));
    Effect::new(move |_| {
        if !open.get() && steer.pasted.with_untracked(Option::is_some) {
            steer.pasted.set(None);
        }
    });
    let title = Signal::derive(move || {
        let lines = steer
            .pasted
            .with(|p| p.as_ref().map_or(0, |p| p.lines.len()));
        tf(W::PasteTitle, &[&lines])
    });
    view! {
        <Modal open title testid="paste" class="wide">
            {move || steer.pasted.get_untracked().map(|pasted| view! { <Asked steer open pasted/> })}
        </Modal>
    }
}

#[component]
fn Asked(steer: Steer, open: RwSignal<bool>, pasted: Pasted) -> impl IntoView {
    let choice = RwSignal::new(pasted.offer());
    let must_choose = !pasted.asked.numbers.is_empty();
    let chosen = RwSignal::new(!must_choose);
    let pasted = StoredValue::new(pasted);
    let taken = Memo::new(move |_| {
        let choice = choice.get();
        pasted.with_value(|p| p.taken(choice))
    });
    let asked = pasted.with_value(|p| p.asked.clone());
    let go = move |_| {
        let taken = taken.get_untracked();
        open.set(false);
        pasted.with_value(|p| steer.take(p, taken));
    };
    view! {
        {must_choose.then(|| numbers(choice, chosen, &asked.numbers, pasted))}
        {(asked.legacy_count > 0).then(|| view! {
            <fieldset class="ticks paste-part">
                <legend>{tf(W::PasteLegacy, &[&asked.legacy_count])}</legend>
                <ul class="plain">{asked.legacy.into_iter().map(|(old, new)| view! {
                    <li><s>{old}</s>" → "<b>{new}</b></li>
                }).collect_view()}</ul>
                <label class="tick">
                    <input type="checkbox" data-testid="paste-to-unicode" prop:checked=move || choice.with(|c| c.to_unicode)
                        on:change=move |e| choice.update(|c| c.to_unicode = event_target_checked(&e))/>
                    <span>{t(W::PasteToUnicode)}</span>
                </label>
            </fieldset>
        })}
        {asked.head.then(|| view! {
            <label class="tick">
                <input type="checkbox" data-testid="paste-skip-head" prop:checked=move || choice.with(|c| c.skip_first)
                    on:change=move |e| choice.update(|c| c.skip_first = event_target_checked(&e))/>
                <span>{t(W::PasteSkipHead)}</span>
            </label>
        })}
        {(asked.beyond_count > 0).then(|| view! {
            <p class="notice wait" data-testid="paste-beyond">{icon(Icon::Warning)}
                <span>{tf(W::PasteBeyond, &[&asked.beyond_count, &asked.beyond.join("”, “")])}</span></p>
        })}
        {move || taken.with(|taken| unread(taken, pasted))}
        <div class="grid-scroll">{move || taken.with(|taken| first_lines(taken, pasted))}</div>
        <footer class="modal-foot">
            {move || (!chosen.get()).then(|| view! { <span class="note" id="paste-why">{t(W::PasteChooseFirst)}</span> })}
            <button type="button" class="btn" data-testid="paste-no" on:click=move |_| open.set(false)>{t(W::Cancel)}</button>
            <button type="button" class="btn main" data-testid="paste-yes" aria-describedby="paste-why"
                disabled=move || !chosen.get() on:click=go>{t(W::PasteYes)}</button>
        </footer>
    }
}

/// The question how amounts are written, with what each answer makes of the examples.
fn numbers(
    choice: RwSignal<Choice>,
    chosen: RwSignal<bool>,
    examples: &[NumberExample],
    pasted: StoredValue<Pasted>,
) -> impl IntoView + use<> {
    let examples = examples.to_vec();
    let offers = [
        (Numbers::Dots, "dots", W::PasteDots),
        (Numbers::Commas, "commas", W::PasteCommas),
        (Numbers::Typed, "typed", W::PasteTyped),
    ];
    view! {
        <fieldset class="ticks paste-part" data-testid="paste-numbers">
            <legend>{t(W::PasteNumbers)}</legend>
            {offers.into_iter().map(|(numbers, name, label)| {
                let read = |n: &NumberExample| {
                    let amount = hoso_domain::paste::amount(&n.typed, numbers);
                    let amount = amount.map_or_else(|| t(W::PasteNotRead).to_owned(), |a| a.to_string());
                    format!("{} → {amount}", n.typed)
                };
                let told = examples.iter().map(read).collect::<Vec<_>>().join(" · ");
                let failing = pasted.with_value(|p| {
                    p.taken(Choice { numbers, ..p.offer() }).unread.len()
                });
                view! {
                    <label class="tick">
                        <input type="radio" name="paste-numbers" data-testid=format!("paste-{name}")
                            on:change=move |_| {
                                choice.update(|c| c.numbers = numbers);
                                chosen.set(true);
                            }/>
                        <span>{t(label)}<small>{told}</small>
                            {(failing > 0).then(|| view! { <small class="warn">{tf(W::PasteFails, &[&failing])}</small> })}
                        </span>
                    </label>
                }
            }).collect_view()}
        </fieldset>
    }
}

fn unread(taken: &Taken, pasted: StoredValue<Pasted>) -> Option<impl IntoView + use<>> {
    let count = taken.unread.len();
    if count == 0 {
        return None;
    }
    let label = |column: usize| {
        pasted.with_value(|p| {
            p.targets
                .get(column)
                .map_or_else(String::new, |t| t.label.clone())
        })
    };
    let shown: Vec<(String, String)> = taken
        .unread
        .iter()
        .take(CELLS)
        .map(|u| {
            let place = tf(
                W::LineColumn,
                &[&u.line.saturating_add(1), &label(u.column)],
            );
            (place, u.text.clone())
        })
        .collect();
    let more = count.saturating_sub(shown.len());
    Some(view! {
        <div class="notice wait" data-testid="paste-cannot-read">
            {icon(Icon::Warning)}
            <div>
                <b>{tf(W::PasteWillKeep, &[&count])}</b>
                <ul>{shown.into_iter().map(|(place, text)| view! { <li>{place}": “"{text}"”"</li> }).collect_view()}</ul>
                {(more > 0).then(|| view! { <p>{tf(W::AndMore, &[&more])}</p> })}
            </div>
        </div>
    })
}

/// The first lines as they would stand.
fn first_lines(taken: &Taken, pasted: StoredValue<Pasted>) -> impl IntoView + use<> {
    let targets = pasted.with_value(|p| p.targets.clone());
    let width = taken
        .lines
        .iter()
        .map(|l| l.iter().filter(|c| c.is_some()).count())
        .max();
    let targets: Vec<_> = targets.into_iter().take(width.unwrap_or(0)).collect();
    let heads = targets
        .iter()
        .map(|t| view! { <th scope="col">{t.label.clone()}</th> })
        .collect_view();
    let lines: Vec<_> = taken
        .lines
        .iter()
        .take(LINES)
        .enumerate()
        .map(|(n, line)| {
            let cells: Vec<_> = targets
                .iter()
                .zip(line)
                .enumerate()
                .map(|(at, (target, value))| {
                    let bad = taken.unread.iter().any(|u| u.line == n && u.column == at);
                    let text = rules::display(target.kind, value.as_deref().unwrap_or(""));
                    let num = target.kind == hoso_domain::form::FieldKind::Money;
                    view! { <td class:bad=bad class:num=num>{text}</td> }
                })
                .collect();
            view! { <tr><th scope="row" class="row-number">{n.saturating_add(1)}</th>{cells}</tr> }
        })
        .collect();
    let more = taken.lines.len().saturating_sub(LINES);
    view! {
        <table class="table paste-lines" data-testid="paste-lines">
            <thead><tr><th scope="col" class="row-number">"#"</th>{heads}</tr></thead>
            <tbody>{lines}</tbody>
        </table>
        {(more > 0).then(|| view! { <p class="note">{tf(W::PasteMoreLines, &[&more])}</p> })}
    }
}
