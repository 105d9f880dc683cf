//! Kiểm tra: what the checks say, each leading to its place. Empty required fields are one group.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};

use hoso_domain::finding::{Finding, FindingCode, Place, Severity};

use crate::icons::{Icon, icon};
use crate::say;
use crate::words::{W, t, tf};

/// The element a place is shown at.
pub fn element_id(place: &Place) -> Option<String> {
    match place {
        Place::Dossier | Place::File { .. } => None,
        Place::Voucher { voucher } => Some(format!("v{voucher}")),
        Place::Field { voucher, field } => Some(format!("f-{voucher}-{field}")),
        Place::Cell {
            voucher,
            block,
            row,
            column,
        } => Some(format!("c-{voucher}-{block}-{row}-{column}")),
    }
}

/// The voucher's tab in the editor.
pub fn tab_id(voucher: usize) -> String {
    format!("tab-v{voucher}")
}

/// Leads the eye and the keyboard to a place; brings its voucher's tab up first.
pub fn lead_to(place: &Place) {
    let tab = match place {
        Place::Voucher { voucher } | Place::Field { voucher, .. } | Place::Cell { voucher, .. } => {
            document().get_element_by_id(&tab_id(*voucher))
        }
        Place::Dossier | Place::File { .. } => None,
    };
    let behind = tab.filter(|t| t.get_attribute("aria-selected").as_deref() == Some("false"));
    match behind.and_then(|t| t.dyn_into::<HtmlElement>().ok()) {
        Some(tab) => {
            tab.click();
            let place = place.clone();
            request_animation_frame(move || arrive_at(&place));
        }
        None => arrive_at(place),
    }
}

/// The grid a cell belongs to; its element hears `reveal` and draws the line `data-wanted`.
fn ask_for_line(place: &Place) -> bool {
    let Place::Cell {
        voucher,
        block,
        row,
        ..
    } = place
    else {
        return false;
    };
    let grid = document().get_element_by_id(&format!("g-{voucher}-{block}"));
    let asked = grid.zip(web_sys::Event::new("reveal").ok());
    asked.is_some_and(|(grid, event)| {
        let _ = grid.set_attribute("data-wanted", &row.to_string());
        grid.dispatch_event(&event).is_ok()
    })
}

/// Opens what is folded around the place, then goes there.
fn arrive_at(place: &Place) {
    let Some(id) = element_id(place) else { return };
    match document().get_element_by_id(&id) {
        Some(element) => go_to(&element),
        // a line of a long grid that is out of sight
        None if ask_for_line(place) => request_animation_frame(move || {
            if let Some(element) = document().get_element_by_id(&id) {
                go_to(&element);
            }
        }),
        None => {}
    }
}

/// Shows an element and gives it the keyboard.
pub fn go_to(element: &web_sys::Element) {
    let mut around = element.parent_element();
    while let Some(outer) = around {
        if outer.tag_name() == "DETAILS" {
            let _ = outer.set_attribute("open", "");
        }
        around = outer.parent_element();
    }
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Center);
    element.scroll_into_view_with_scroll_into_view_options(&options);
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

fn is_missing(finding: &Finding) -> bool {
    matches!(
        finding.code,
        FindingCode::FieldRequired | FindingCode::TickRequired | FindingCode::NoLines
    )
}

/// The panel; numbers of `finding-N` run over the list as it was given.
#[component]
pub fn Findings(
    #[prop(into)] findings: Signal<Vec<Finding>>,
    open_missing: RwSignal<bool>,
) -> impl IntoView {
    let numbered = Memo::new(move |_| findings.get().into_iter().enumerate().collect::<Vec<_>>());
    let count =
        move |severity| findings.with(|all| all.iter().filter(|f| f.severity == severity).count());
    let split = move |missing: bool| {
        let mut all = numbered.get();
        all.retain(|(_, f)| is_missing(f) == missing);
        all
    };
    view! {
        <section class="card side" data-testid="findings" aria-label=t(W::Checks)>
            <header class="side-head"><h2>{t(W::Checks)}</h2></header>
            <div class="tags">
                {move || {
                    let n = count(Severity::Error);
                    (n > 0).then(|| view! {
                        <span class="tag bad" data-testid="error-count" data-count=n>{icon(Icon::Cross)}{tf(W::Errors, &[&n])}</span>
                    })
                }}
                {move || {
                    let n = count(Severity::Warning);
                    (n > 0).then(|| view! {
                        <span class="tag wait" data-testid="warning-count" data-count=n>{icon(Icon::Warning)}{tf(W::Warnings, &[&n])}</span>
                    })
                }}
                {move || findings.with(Vec::is_empty).then(|| view! {
                    <span class="tag good" data-testid="findings-none">{icon(Icon::Check)}{t(W::AllChecksPass)}</span>
                })}
            </div>
            <ul class="findings">
                <For each=move || split(false) key=|f| format!("{f:?}") let:item><Item number=item.0 finding=item.1/></For>
            </ul>
            {move || {
                let missing = split(true);
                (!missing.is_empty()).then(|| view! {
                    <details class="missing" prop:open=move || open_missing.get()
                        on:toggle=move |e| open_missing.set(event_target::<web_sys::Element>(&e).has_attribute("open"))>
                        <summary data-testid="findings-missing">{tf(W::StillMissing, &[&missing.len()])}</summary>
                        <ul class="findings">
                            {missing.into_iter().map(|(number, finding)| view! { <Item number finding/> }).collect_view()}
                        </ul>
                    </details>
                })
            }}
        </section>
    }
}

#[component]
fn Item(number: usize, finding: Finding) -> impl IntoView {
    let (tone, mark) = match finding.severity {
        Severity::Error => ("bad", Icon::Cross),
        Severity::Warning => ("wait", Icon::Warning),
    };
    let place = finding.place.clone();
    view! {
        <li>
            <button type="button" class=format!("finding {tone}") data-testid=format!("finding-{number}")
                data-code=finding.code.as_str() on:click=move |_| lead_to(&place)>
                {icon(mark)}<span>{say::finding(&finding)}</span>
            </button>
        </li>
    }
}
