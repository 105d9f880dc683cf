//! The editor: one dossier as its forms are printed, with checks, files and history beside.

mod aside;
mod body;
mod carry;
mod draft;
mod head;
mod import;
mod leave;
mod past;
mod preview;
mod save;
mod tabs;

use std::collections::BTreeSet;

use leptos::prelude::*;

use hoso_contract::AppError;
use hoso_contract::command::OpenDossier;
use hoso_contract::view::DossierView;
use hoso_domain::finding::{Finding, FindingCode, Place, Severity};
use hoso_domain::id::DossierId;
use hoso_domain::life::{LocalState, TreasuryState};
use hoso_domain::words::ZeroTens;

use crate::ipc;
use crate::rules;
use crate::say;
use crate::state::{Desk, desk};
use crate::widgets::failure::FailurePanel;
use crate::widgets::findings::{element_id, lead_to};
use aside::Aside;
use body::VoucherForm;
use draft::{VoucherDraft, trimmed};
use head::Head;
use leave::Leave;
use past::Past;
use save::Saver;
use tabs::Tabs;

pub use preview::{BatchPages, VoucherPages};

/// What the parts of one open editor share; copied freely.
#[derive(Clone, Copy)]
pub struct Bench {
    pub id: DossierId,
    pub desk: Desk,
    pub view: RwSignal<DossierView>,
    pub saver: Saver,
    /// Steps that can be taken back.
    pub past: Past,
    pub editable: bool,
    drafts: StoredValue<Vec<VoucherDraft>>,
    /// Elements a person has been in: their empty fields may complain.
    touched: RwSignal<BTreeSet<String>>,
    /// After a refused Trình ký every finding is shown at its place.
    pub show_all: RwSignal<bool>,
    pub open_missing: RwSignal<bool>,
    /// Words over the form when Trình ký was refused.
    pub blocked: RwSignal<bool>,
    /// The voucher whose tab is up.
    pub shown: RwSignal<usize>,
    reload: RwSignal<u32>,
    /// What was read last of the dossier, and how often it took the place of what was typed.
    whole: RwSignal<Option<DossierView>>,
    anew: RwSignal<u32>,
}

impl Bench {
    /// What a field of a voucher holds now, computed ones included; follows the voucher.
    pub fn value(self, voucher: usize, field: &str) -> String {
        let sheet = self
            .drafts
            .with_value(|d| d.get(voucher).map(|d| d.sheet.clone()));
        sheet.map_or_else(String::new, |s| s.with(|s| s.field(field).to_owned()))
    }

    pub fn findings_at(self, place: &Place) -> Vec<Finding> {
        let is_known = self.show_all.get()
            || element_id(place).is_some_and(|id| self.touched.with(|t| t.contains(&id)));
        self.saver.findings.with(|all| {
            all.iter()
                .filter(|f| f.place == *place && (is_known || f.code != FindingCode::FieldRequired))
                .cloned()
                .collect()
        })
    }

    pub fn remarks_at(self, place: &Place) -> Vec<String> {
        self.view.with(|v| {
            v.remarks
                .iter()
                .filter(|r| r.place == *place)
                .map(say::said_at)
                .collect()
        })
    }

    /// A field was left: its own checks run at once, the others with the save.
    pub fn left(self, place: &Place, voucher: usize) {
        if !self.editable {
            return;
        }
        self.past.note();
        if let Some(id) = element_id(place) {
            self.touched.update(|t| {
                t.insert(id);
            });
        }
        let today = self
            .desk
            .session
            .with_untracked(|s| s.as_ref().map(|s| s.today));
        let draft = self.drafts.with_value(|d| d.get(voucher).cloned());
        let unit_code = untrack(|| self.desk.unit()).map_or_else(String::new, |u| u.code);
        if let (Some(today), Some(draft)) = (today, draft) {
            let data = trimmed(draft.worked());
            let live = rules::check(&draft.form, &data, voucher, unit_code, today);
            self.saver.findings.update(|all| {
                all.retain(|f| f.place != *place || !rules::checks_alone(f.code));
                for finding in live.into_iter().filter(|f| f.place == *place) {
                    if !all.contains(&finding) {
                        all.push(finding);
                    }
                }
            });
        }
        self.saver.save();
    }

    /// Leads to the first error of the form.
    pub fn to_first_error(self) {
        self.show_all.set(true);
        self.open_missing.set(true);
        let first = self.saver.findings.with_untracked(|all| {
            all.iter()
                .find(|f| f.severity == Severity::Error)
                .map(|f| f.place.clone())
        });
        if let Some(place) = first {
            request_animation_frame(move || lead_to(&place));
        }
    }

    /// Takes the last step back, or does it again, and leads there.
    pub fn step(self, way: Way) {
        if !self.editable {
            return;
        }
        let place = match way {
            Way::Back => self.past.undo(),
            Way::Forth => self.past.redo(),
        };
        if let Some(place) = place {
            self.saver.changed();
            request_animation_frame(move || lead_to(&place));
        }
    }

    pub fn reload(self) {
        self.reload.update(|n| *n = n.wrapping_add(1));
    }

    /// Lets go of what is typed for what is stored, once that was read.
    pub fn read_anew(self) {
        self.desk.run(OpenDossier { id: self.id }, move |new| {
            // the bench may be gone by now
            if self.blocked.try_set(false).is_some() {
                return;
            }
            self.saver.let_go();
            self.whole.set(Some(new));
            self.anew.update(|n| *n = n.wrapping_add(1));
        });
    }
}

/// What a bench is built for: another one takes its place.
#[derive(Clone, PartialEq)]
struct Shape {
    revision: u32,
    local: LocalState,
    treasury: TreasuryState,
    forms: Vec<String>,
    forms_known: bool,
    anew: u32,
}

impl Shape {
    fn of(view: &DossierView, anew: u32) -> Self {
        Self {
            revision: view.revision,
            local: view.local.clone(),
            treasury: view.treasury.clone(),
            forms: view.forms.iter().map(|f| f.number.clone()).collect(),
            forms_known: view.forms_known,
            anew,
        }
    }
}

/// Hoàn tác, làm lại.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Back,
    Forth,
}

#[component]
pub fn Editor(id: DossierId) -> impl IntoView {
    let desk = desk();
    let reload = RwSignal::new(0u32);
    let shown = RwSignal::new(0usize);
    let view = RwSignal::new(None::<DossierView>);
    let failed = RwSignal::new(None::<AppError>);
    let version = RwSignal::new(0u64);
    Effect::new(move |_| {
        reload.track();
        desk.dossiers.track();
        desk.results.track();
        leptos::task::spawn_local(async move {
            match ipc::call(OpenDossier { id }).await {
                Ok(new) => {
                    failed.try_set(None);
                    let saved = version.try_get_untracked().unwrap_or_default();
                    let is_old = new.version < saved;
                    view.try_set(Some(new));
                    // a save came between: what else changed is in the next reading
                    if is_old {
                        reload.try_update(|n| *n = n.wrapping_add(1));
                    }
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    });
    let anew = RwSignal::new(0u32);
    // typing goes on while files, history and remarks change around it, and whatever changes while it is
    // not on disk; what was read before the last save is older than the bench
    let shape = Memo::new(move |before: Option<&Option<Shape>>| {
        let (unsaved, version, anew) = (desk.unsaved.get(), version.get(), anew.get());
        let now = view.with(|v| {
            let new = v.as_ref().filter(|v| v.version >= version);
            new.map(|v| Shape::of(v, anew))
        });
        match before {
            Some(Some(before)) if unsaved || now.is_none() => Some(before.clone()),
            _ => now,
        }
    });
    // what had to wait is read again
    Effect::new(move |_| {
        let unsaved = desk.unsaved.get();
        let anew = anew.get_untracked();
        let read = view.with_untracked(|v| v.as_ref().map(|v| Shape::of(v, anew)));
        if !unsaved && read != shape.get_untracked() {
            reload.update(|n| *n = n.wrapping_add(1));
        }
    });
    view! {
        {move || failed.get().map(|error| view! {
            <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| reload.update(|n| *n = n.wrapping_add(1)))/>
        })}
        {move || {
            let now = shape.get().and_then(|_| view.get_untracked());
            match now {
                Some(now) => view! { <Workbench now whole=view version shown reload anew/> }.into_any(),
                None => view! { <div class="waiting" aria-busy="true"></div> }.into_any(),
            }
        }}
    }
}

#[component]
fn Workbench(
    now: DossierView,
    whole: RwSignal<Option<DossierView>>,
    /// Of the last save; older views are no news.
    version: RwSignal<u64>,
    shown: RwSignal<usize>,
    reload: RwSignal<u32>,
    anew: RwSignal<u32>,
) -> impl IntoView {
    let desk = desk();
    let editable = now.local.editable() && now.forms_known && !untrack(|| desk.read_only());
    let zero_tens = desk.session.with_untracked(|s| {
        let said = s.as_ref().map_or("", |s| s.settings.zero_tens.as_str());
        editable.then(|| ZeroTens::from_setting(said))
    });
    let drafts: Vec<VoucherDraft> = now
        .forms
        .iter()
        .zip(&now.vouchers)
        .map(|(f, v)| VoucherDraft::new(f, v, zero_tens))
        .collect();
    let saver = Saver::new(&now, drafts.clone(), version, desk.unsaved);
    let drafts = StoredValue::new(drafts);
    let view = RwSignal::new(now.clone());
    Effect::new(move |_| {
        let new = whole.get().filter(|v| v.version >= version.get_untracked());
        let Some(new) = new else { return };
        // findings of the same version may know more than before: files, balances, signers
        if saver
            .kept
            .with_untracked(|k| matches!(k, save::Kept::Saved(_)))
            && new.version == version.get_untracked()
        {
            saver.findings.set(new.findings.clone());
        }
        view.set(new);
    });
    let bench = Bench {
        id: now.id,
        desk,
        view,
        saver,
        past: Past::new(drafts),
        editable,
        drafts,
        touched: RwSignal::new(BTreeSet::new()),
        show_all: RwSignal::new(false),
        open_missing: RwSignal::new(false),
        blocked: RwSignal::new(false),
        shown,
        reload,
        whole,
        anew,
    };
    let handle = window_event_listener(leptos::ev::blur, move |_| saver.save());
    on_cleanup(move || handle.remove());
    let vouchers = drafts.get_value();
    let last = vouchers.len().saturating_sub(1);
    if shown.get_untracked() > last {
        shown.set(last);
    }
    view! {
        <div class="screen editor" data-testid="screen-editor" data-dossier=now.id.to_string()>
            <Head bench/>
            <div class="bench">
                <div class="forms" class:locked=!editable>
                    <Tabs bench/>
                    {vouchers.into_iter().enumerate().map(|(voucher, draft)| view! {
                        <VoucherForm bench voucher draft/>
                    }).collect_view()}
                </div>
                <Aside bench/>
            </div>
            <Leave saver/>
        </div>
    }
}
