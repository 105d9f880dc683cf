//! Own line icons, 16 × 16, drawn in the colour of the text. Decorative: words stand beside them.

use leptos::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Icon {
    Today,
    Dossier,
    Pen,
    Queue,
    Result,
    Settings,
    Help,
    Lock,
    Plus,
    Cross,
    Check,
    Warning,
    Clock,
    Pause,
    Up,
    Question,
    Offline,
    Online,
    File,
    Trash,
    Print,
    Search,
    Back,
    Copy,
    Save,
    Token,
    Eye,
    Shield,
    Undo,
    Redo,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Icon::Today => "M2.5 7.5 8 3l5.5 4.5V13h-4V9.5h-3V13h-4z",
            Icon::Dossier => "M1.5 4h4.5l1.5 1.5h7V13h-13zM1.5 7h13",
            Icon::Pen => "M2.5 13.5l.8-3.2 7.6-7.6 2.4 2.4-7.6 7.6zM9.6 4l2.4 2.4",
            Icon::Queue => "M8 1.8a6.2 6.2 0 1 0 .01 0zM8 4.5V8l2.4 1.8",
            Icon::Result => "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3M5.5 9.2l1.8 1.8 3.2-3.6",
            Icon::Settings => "M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 3v3M5.5 10v3",
            Icon::Help | Icon::Question => {
                "M8 1.8a6.2 6.2 0 1 0 .01 0zM6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.6-.9 1.3M8 11.4v.4"
            }
            Icon::Lock => "M3.5 7.5h9v6h-9zM5.2 7.5V5a2.8 2.8 0 0 1 5.6 0v2.5",
            Icon::Plus => "M8 2.8v10.4M2.8 8h10.4",
            Icon::Cross => "M3.5 3.5l9 9M12.5 3.5l-9 9",
            Icon::Check => "M2.8 8.6l3.4 3.4 7-8",
            Icon::Warning => "M8 2l6.4 11.5H1.6zM8 6.2v3.6M8 11.6v.4",
            Icon::Clock => "M8 1.8a6.2 6.2 0 1 0 .01 0zM8 4.5V8h3",
            Icon::Pause => "M5.2 3v10M10.8 3v10",
            Icon::Up => "M8 13.2V3M3.8 7.2 8 3l4.2 4.2",
            Icon::Offline => {
                "M2 2l12 12M4 6.5a6 6 0 0 0-1.5 3.3h8.2M6 4.6a4.5 4.5 0 0 1 6 3.6 2.6 2.6 0 0 1 1.4 3.4"
            }
            Icon::Online => "M4.3 12.2a3 3 0 0 1-.2-6 4.2 4.2 0 0 1 8.1 1.2 2.5 2.5 0 0 1-.3 4.8z",
            Icon::File => "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3",
            Icon::Trash => {
                "M2.5 4.2h11M6 4V2.5h4V4M4 4.2l.6 9.3h6.8l.6-9.3M6.6 6.8v4.4M9.4 6.8v4.4"
            }
            Icon::Print => "M4.5 6V2h7v4M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7V14h-7z",
            Icon::Search => "M7 2.2a4.8 4.8 0 1 0 .01 0zM10.5 10.5l3.5 3.5",
            Icon::Back => "M13 8H3M7 3.8 2.8 8 7 12.2",
            Icon::Copy => "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
            Icon::Save => "M8 2v7.5M4.8 6.5 8 9.7l3.2-3.2M2.5 13.2h11",
            Icon::Token => {
                "M5 6.5h6V12a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2zM6 6.5V2h4v4.5M7.4 4v.6M8.8 4v.6"
            }
            Icon::Eye => {
                "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 .01 0z"
            }
            Icon::Shield => {
                "M8 1.8l5 1.8v4.2c0 3-2.1 5.3-5 6.4-2.9-1.1-5-3.4-5-6.4V3.6zM5.6 8l1.7 1.7 3-3.4"
            }
            Icon::Redo => "M10.5 3l3 3-3 3M13.5 6h-7a4 4 0 0 0 0 8h3",
            Icon::Undo => "M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8h-3",
        }
    }
}

/// The icon as inline SVG, hidden from screen readers.
pub fn icon(icon: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=icon.path() fill="none" stroke="currentColor" stroke-width="1.5"
                stroke-linecap="round" stroke-linejoin="round"/>
        </svg>
    }
}
