//! Hôm nay: what needs me, what waits, what is left. Nothing else.

mod notices;

use leptos::prelude::*;

use hoso_contract::command::{CreatePractice, GetToday, Mend};
use hoso_contract::view::{Task, TaskKind, TodayView};

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::state::{Screen, desk};
use crate::widgets::failure::FailurePanel;
use crate::words::{W, t, tf};

#[component]
pub fn Today() -> impl IntoView {
    let desk = desk();
    let view = LocalResource::new(move || {
        desk.dossiers.track();
        desk.results.track();
        desk.link.track();
        ipc::call(GetToday {})
    });
    let day = move || {
        desk.session.with(|s| {
            s.as_ref()
                .map_or_else(String::new, |s| say::weekday(s.today))
        })
    };
    view! {
        <div class="screen today" data-testid="screen-today">
            <header class="head">
                <div class="title"><h1>{move || tf(W::TodayTitle, &[&day()])}</h1><p class="subtitle"><small>{t(W::TodayNote)}</small></p></div>
                <div class="acts">
                    {move || (!desk.read_only()).then(|| view! {
                        <button type="button" class="btn main" data-testid="btn-new" on:click=move |_| desk.creating.set(true)>
                            {icon(Icon::Plus)}{t(W::NewDossier)}<kbd>"Ctrl+N"</kbd>
                        </button>
                    })}
                </div>
            </header>
            {move || view.get().map(|got| match got {
                Ok(view) => content(view).into_any(),
                Err(error) => view! { <FailurePanel error=Signal::stored(error) act=Callback::new(move |()| view_again(desk))/> }.into_any(),
            })}
        </div>
    }
}

fn view_again(desk: crate::state::Desk) {
    desk.dossiers.update(|n| *n = n.wrapping_add(1));
}

fn content(view: TodayView) -> impl IntoView {
    let TodayView {
        tasks,
        waiting,
        balances,
        deadlines,
    } = view;
    let desk = desk();
    let none = tasks.is_empty();
    let training = desk.session.with_untracked(|s| {
        s.as_ref()
            .is_some_and(|s| s.training && s.read_only.is_none())
    });
    let when = balances.iter().map(|b| b.at).max();
    view! {
        <div class="columns">
            <section class="card tasks">
                <table class="list" data-testid="tasks">
                    <thead><tr><th>{t(W::NeedsMe)}</th><th class="due">{t(W::Due)}</th><th class="act"><span class="hidden">{t(W::Act)}</span></th></tr></thead>
                    <tbody>{tasks.into_iter().enumerate().map(|(n, task)| row(n, task)).collect_view()}</tbody>
                </table>
                {none.then(|| view! {
                    <div class="empty" data-testid="tasks-none">{icon(Icon::Check)}<b>{t(W::NothingToDo)}</b><p>{t(W::NothingToDoNote)}</p>
                        {training.then(|| view! {
                            <button type="button" class="btn" data-testid="btn-practice" on:click=move |_| desk.run(CreatePractice {}, move |id| desk.edit(id))>{icon(Icon::Pen)}{t(W::Practice)}</button>
                            <p class="note">{t(W::PracticeNote)}</p>
                        })}
                    </div>
                })}
            </section>
            <div class="stack">
                <section class="card side" data-testid="waiting-summary">
                    <h2>{t(W::WaitingToSend)}</h2>
                    <p class="figure"><b>{waiting.dossiers}</b><span>{waiting_words(&waiting)}</span></p>
                    <p class="note">
                        {waiting.last_sent.map(|at| format!("{} ", tf(W::LastSent, &[&say::date_time(at)])))}
                        {t(W::SendsItself)}
                    </p>
                </section>
                <notices::Notices/>
                {(!balances.is_empty()).then(|| view! {
                    <section class="card side" data-testid="balances">
                        <h2>{t(W::EstimateLeft)}</h2>
                        <ul class="balances">
                            {balances.into_iter().map(|b| {
                                let low = b.usable.get() <= 0;
                                view! {
                                    <li>
                                        <span class="balance-name">{b.account.clone()}<small>{b.name.clone()}</small></span>
                                        <b class="num" class:low=low>{b.usable.to_string()}</b>
                                        <small class="num">{tf(W::TreasuryFigure, &[&b.treasury_figure])}</small>
                                    </li>
                                }
                            }).collect_view()}
                        </ul>
                        {when.map(|at| view! { <p class="note">{tf(W::TreasuryFigureAt, &[&say::date_time(at)])}</p> })}
                    </section>
                })}
                {(!deadlines.is_empty()).then(|| view! {
                    <section class="card side" data-testid="deadlines">
                        <h2>{t(W::DueSoon)}</h2>
                        <ul class="plain">
                            {deadlines.into_iter().map(|d| view! {
                                <li>
                                    <b class="num">{say::date(d.day)}</b>" "
                                    <span class=if d.lawful { "tag wait small" } else { "tag flat small" }>{t(if d.lawful { W::Due } else { W::BetterBy })}</span>" "
                                    <span>{say::deadline(&d)}</span>
                                </li>
                            }).collect_view()}
                        </ul>
                    </section>
                })}
            </div>
        </div>
    }
}

fn waiting_words(waiting: &hoso_contract::view::WaitingSummary) -> String {
    let mut words = format!("{} · {}", t(W::DossierWord), say::size(waiting.bytes));
    if let Some(seconds) = waiting.seconds.filter(|_| waiting.bytes > 0) {
        words.push_str(&format!(
            " · {}",
            tf(W::AboutLastSpeed, &[&say::duration(seconds)])
        ));
    }
    words
}

fn look(kind: TaskKind) -> (&'static str, Icon, W, W) {
    match kind {
        TaskKind::Refused => ("bad", Icon::Cross, W::TaskRefused, W::Remake),
        TaskKind::Supplement => ("wait", Icon::Warning, W::TaskSupplement, W::Supplement),
        TaskKind::MoneyReturned => ("bad", Icon::Undo, W::TaskMoneyReturned, W::Open),
        TaskKind::Parked => ("bad", Icon::Warning, W::TaskParked, W::Open),
        TaskKind::Returned => ("wait", Icon::Undo, W::TaskReturned, W::Mend),
        TaskKind::Sign => ("info", Icon::Pen, W::TaskSign, W::Sign),
        TaskKind::Draft => ("flat", Icon::Pen, W::TaskDraft, W::Open),
        TaskKind::Answered => ("good", Icon::Result, W::TaskAnswered, W::View),
    }
}

fn row(n: usize, task: Task) -> impl IntoView {
    let desk = desk();
    let (tone, mark, word, act) = look(task.kind);
    let title = if task.kind == TaskKind::Sign {
        let role = task.role.map_or_else(String::new, say::role);
        tf(W::SignCount, &[&task.count, &role])
    } else {
        task.title.clone()
    };
    let said = match &task.finding {
        Some(finding) => say::finding(finding),
        None if task.remark.is_empty() => String::new(),
        None => format!("“{}”", task.remark),
    };
    let mut details = Vec::new();
    if !task.form.is_empty() {
        details.push(tf(W::FormNumber, &[&task.form]));
    }
    if task.total.get() != 0 {
        details.push(format!("{} đ", task.total));
    }
    let id = task.dossier;
    let kind = task.kind;
    let go = move |_| match (kind, id) {
        (TaskKind::Sign, id) => {
            desk.wanted.set(id);
            desk.go(Screen::Sign);
        }
        (TaskKind::Answered, id) => {
            desk.wanted.set(id);
            desk.go(Screen::Results);
        }
        (TaskKind::Refused | TaskKind::Supplement, Some(id)) => {
            desk.run(Mend { id }, move |()| desk.edit(id));
        }
        (_, Some(id)) => desk.edit(id),
        (_, None) => desk.go(Screen::Dossiers),
    };
    view! {
        <tr data-testid=format!("task-{n}")>
            <td>
                <span class=format!("tag {tone}")>{icon(mark)}{t(word)}</span>" "<b>{title}</b>
                <p class="note">
                    {details.join(" · ")}
                    {(!said.is_empty()).then(|| format!(" — {said}"))}
                </p>
            </td>
            <td class="due">{task.due.map(|d| view! { <small>{t(W::BetterBy)}</small><br/>{say::date(d)} })}</td>
            <td class="act"><button type="button" class="btn" data-testid=format!("task-{n}-act") on:click=go>{t(act)}</button></td>
        </tr>
    }
}
