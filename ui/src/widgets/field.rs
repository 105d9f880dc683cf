//! One field of a form: label above, value, official name or balance beside, error under it.

use leptos::html;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;

use hoso_contract::view::Pick;
use hoso_domain::finding::{Finding, FindingCode, Severity};
use hoso_domain::form::FieldKind;

use super::suggest::{Answer, Source, SuggestList, Suggestions, code_name};
use super::tree::browse;
use super::typing::Typing;
use crate::icons::{Icon, icon};
use crate::say;
use crate::words::{W, t, tf};

/// What a field is, beside its value.
#[derive(Clone)]
pub struct FieldSpec {
    /// Id of the element: `f-<voucher>-<field>`.
    pub id: String,
    pub testid: String,
    pub label: String,
    pub required: bool,
    pub kind: FieldKind,
    pub catalogue: String,
    /// Longest text; 0 for none of its own.
    pub max: usize,
    pub help: String,
    pub source: Source,
    /// Columns of the dense grid it takes, of 12.
    pub span: u8,
}

#[component]
pub fn TextField(
    spec: FieldSpec,
    value: ArcRwSignal<String>,
    #[prop(into)] read_only: Signal<bool>,
    /// Shown at the right inside the field, e.g. the balance.
    #[prop(into)]
    beside: Signal<String>,
    #[prop(into)] problems: Signal<Vec<Finding>>,
    /// The treasury's words at this field.
    #[prop(into)]
    remarks: Signal<Vec<String>>,
    #[prop(into)] edited: Callback<()>,
    #[prop(into)] left: Callback<()>,
    #[prop(into)] picked: Callback<Pick>,
) -> impl IntoView {
    let typing = Typing::field(spec.kind, value.clone());
    let old_text = typing.clone();
    let list = Suggestions::new();
    let (id, testid, kind) = (spec.id.clone(), spec.testid.clone(), spec.kind);
    let error_id = format!("{id}-error");
    let described = error_id.clone();
    let has_error =
        Memo::new(move |_| problems.with(|p| p.iter().any(|f| f.severity == Severity::Error)));
    let name = (!spec.catalogue.is_empty()).then(|| {
        let (catalogue, value, typing) = (spec.catalogue.clone(), value.clone(), typing.clone());
        Memo::new(move |_| {
            let code = value.get();
            if code.is_empty() || typing.is_typing() {
                String::new()
            } else {
                code_name(&catalogue, &code).get()
            }
        })
    });
    let beside = Signal::derive(move || name.map_or_else(|| beside.get(), |n| n.get()));

    let take = {
        let typing = typing.clone();
        let is_code = !spec.catalogue.is_empty() || matches!(spec.source, Source::Fixed(_));
        Callback::new(move |pick: Pick| {
            typing.put(if is_code {
                pick.code.clone()
            } else {
                pick.name.clone()
            });
            picked.run(pick);
            edited.run(());
            left.run(());
        })
    };
    let on_input = {
        let (typing, source) = (typing.clone(), spec.source.clone());
        move |event: web_sys::Event| {
            let text = event_target_value(&event);
            typing.typed(text.clone());
            edited.run(());
            if let Some(anchor) = event.target().and_then(|t| t.dyn_into().ok()) {
                list.ask(source.clone(), text, anchor);
            }
        }
    };
    let chosen = Callback::new(move |code: String| {
        take.run(Pick {
            code,
            name: String::new(),
            fills: Default::default(),
        });
    });
    let on_keydown = {
        let source = spec.source.clone();
        move |event: web_sys::KeyboardEvent| match list.key(&event) {
            Answer::Used => {
                event.prevent_default();
                event.stop_propagation();
            }
            Answer::Took(pick) => {
                if event.key() == "Enter" {
                    event.prevent_default();
                }
                take.run(pick);
            }
            Answer::Pass => {
                if event.key() == "F3"
                    && let Source::Codes(id) = &source
                    && !read_only.get_untracked()
                    && browse(id, chosen)
                {
                    event.prevent_default();
                    return;
                }
                let opens = event.key() == "F3" || (event.key() == "ArrowDown" && event.alt_key());
                if opens && source != Source::None {
                    event.prevent_default();
                    if let Some(anchor) = event.target().and_then(|t| t.dyn_into().ok()) {
                        list.ask_now(source.clone(), String::new(), &anchor);
                    }
                }
            }
        }
    };
    let on_blur = {
        let typing = typing.clone();
        move || {
            list.close();
            typing.commit();
            // a field that is being removed loses the focus when its screen is already gone
            left.try_run(());
        }
    };
    let max = (spec.max > 0).then(|| spec.max.to_string());
    let control = if kind == FieldKind::Paragraph {
        let node = NodeRef::<html::Textarea>::new();
        let (shape, back) = (typing.clone(), typing.clone());
        Effect::new(move |_| {
            let shown = shape.shown();
            if let Some(node) = node.get()
                && !shape.is_typing()
                && node.value() != shown
            {
                node.set_value(&shown);
            }
        });
        view! {
            <textarea node_ref=node id=id.clone() data-testid=testid.clone() class="in" rows="2"
                autocomplete="off" spellcheck="false" maxlength=max
                readonly=move || read_only.get()
                aria-required=spec.required.to_string()
                aria-invalid=move || has_error.get().to_string() aria-describedby=described
                on:input=on_input
                on:blur=move |_| {
                    on_blur();
                    if let Some(Some(node)) = node.try_get_untracked() { node.set_value(&back.shown()); }
                }></textarea>
        }.into_any()
    } else {
        let node = NodeRef::<html::Input>::new();
        let (shape, back, begin) = (typing.clone(), typing.clone(), typing.clone());
        Effect::new(move |_| {
            let shown = shape.shown();
            if let Some(node) = node.get() {
                let focused = document()
                    .active_element()
                    .is_some_and(|a| a.id() == node.id());
                let text = if focused { shape.editable() } else { shown };
                if !shape.is_typing() && node.value() != text {
                    node.set_value(&text);
                }
            }
        });
        let numeric = matches!(
            kind,
            FieldKind::Money | FieldKind::Integer | FieldKind::Year
        );
        view! {
            <input node_ref=node id=id.clone() data-testid=testid.clone() type="text"
                class="in" class:num=kind == FieldKind::Money
                inputmode=if numeric { "numeric" } else { "text" }
                placeholder=if kind == FieldKind::Date { t(W::DateShape) } else { "" }
                autocomplete="off" spellcheck="false" maxlength=max
                role=(spec.source != Source::None).then_some("combobox")
                aria-expanded=move || list.open.get().to_string()
                readonly=move || read_only.get()
                aria-required=spec.required.to_string()
                aria-invalid=move || has_error.get().to_string() aria-describedby=described
                on:focus=move |_| {
                    if kind == FieldKind::Money && !read_only.get_untracked()
                        && let Some(node) = node.get_untracked()
                    {
                        node.set_value(&begin.editable());
                        node.select();
                    }
                }
                on:input=on_input on:keydown=on_keydown
                on:blur=move |_| {
                    on_blur();
                    if let Some(Some(node)) = node.try_get_untracked() { node.set_value(&back.shown()); }
                }/>
        }.into_any()
    };
    let help = spec.help.clone();
    let hint = spec.help.clone();
    view! {
        <div class="field" class:bad=move || has_error.get() class:locked=move || read_only.get()
            style=format!("--span:{}", spec.span) data-kind=format!("{kind:?}")>
            <label for=id.clone() title=help.clone()>
                {spec.label.clone()}
                {spec.required.then(|| view! { <span class="must" title=t(W::Required) aria-hidden="true">"*"</span> })}
            </label>
            <div class="control">
                {control}
                {move || {
                    let beside = beside.get();
                    (!beside.is_empty()).then(|| view! {
                        <span class="beside" title=beside.clone() data-testid=format!("{testid}-beside")>{beside.clone()}</span>
                    })
                }}
            </div>
            <SuggestList list take/>
            <div id=error_id class="under">
                {move || problems.get().into_iter().map(|f| view! {
                    <p class=if f.severity == Severity::Error { "err" } else { "err warn" } data-code=f.code.as_str()
                        data-testid=format!("{}-problem", spec.testid)>
                        {icon(if f.severity == Severity::Error { Icon::Cross } else { Icon::Warning })}
                        <span>{say::finding(&f)}</span>
                    </p>
                    {(f.code == FindingCode::LegacyEncoding && !read_only.get()).then(|| proposal(old_text.clone(), edited, left))}
                }).collect_view()}
                {(!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> })}
                {move || remarks.get().into_iter().map(|words| view! {
                    <p class="remark" data-testid="remark">{icon(Icon::Result)}<span>{words}</span></p>
                }).collect_view()}
            </div>
        </div>
    }
}

/// What a text in a retired encoding says in Unicode, to be taken with one press.
fn proposal(typing: Typing, edited: Callback<()>, left: Callback<()>) -> Option<AnyView> {
    let text = hoso_domain::text::to_unicode(&untrack(|| typing.kept()))?;
    let shown = text.clone();
    Some(
        view! {
            <button type="button" class="link" data-testid="to-unicode" on:click=move |_| {
                typing.put(text.clone());
                typing.commit();
                edited.run(());
                left.run(());
            }>{tf(W::ToUnicode, &[&shown])}</button>
        }
        .into_any(),
    )
}
