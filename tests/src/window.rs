//! The window as a person uses it: by mouse, or by keyboard alone.

mod look;
mod shown;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Map, Value, json};

use crate::desk::Desk;

/// How the person works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hand {
    Mouse,
    /// Tab, arrows, Enter and shortcuts; no pointer is ever moved.
    Keyboard,
}

/// How long anything may take before the journey fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The real program in a real window.
pub struct Window {
    client: Client,
    pub hand: Hand,
    logs: Vec<PathBuf>,
}

fn selector(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}

impl Window {
    /// Starts the program through WebKit's driver.
    pub async fn open(desk: &Desk, program: &Path, hand: Hand) -> Result<Self> {
        let capabilities: Map<String, Value> = serde_json::from_value(json!({
            "webkitgtk:browserOptions": { "binary": program, "args": [] }
        }))?;
        let url = format!("http://127.0.0.1:{}", desk.driver_port);
        let mut tries = 0;
        let client = loop {
            let mut builder = ClientBuilder::new(hyper_util_connector());
            match builder
                .capabilities(capabilities.clone())
                .connect(&url)
                .await
            {
                Ok(client) => break client,
                // the driver may not listen yet
                Err(error) if tries < 50 && error.to_string().contains("onnect") => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(error).context("the program did not open its window"),
            }
        };
        // as people work: the title bar takes its share of the screen
        client.maximize_window().await?;
        Ok(Self {
            client,
            hand,
            logs: desk.logs.clone(),
        })
    }

    /// Ends the session and with it the program.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    /// Presses a button, follows a link, ticks a box.
    pub async fn press(&self, testid: &str) -> Result<()> {
        self.press_it(testid)
            .await
            .with_context(|| format!("`{testid}` could not be pressed"))
    }

    async fn press_it(&self, testid: &str) -> Result<()> {
        self.enabled(testid).await?;
        match self.hand {
            Hand::Mouse => self.click(&selector(testid)).await?,
            Hand::Keyboard => {
                self.tab_to(testid).await?;
                let space = self.attribute(testid, "type").await?;
                let key = match space.as_deref() {
                    Some("checkbox" | "radio") => ' ',
                    _ => Key::Enter.into(),
                };
                self.keys(&[key]).await?;
            }
        }
        Ok(())
    }

    /// Opens a row of a list: by a click into it, or by Enter on it.
    pub async fn open_row(&self, testid: &str) -> Result<()> {
        match self.hand {
            Hand::Mouse => {
                let row = selector(testid);
                self.click(&format!("{row} td:nth-child(2), {row}:not(tr)"))
                    .await
            }
            Hand::Keyboard => self.press(testid).await,
        }
    }

    /// Clicks as soon as nothing lies over the element: a toast passes, a list moves.
    async fn click(&self, css: &str) -> Result<()> {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let clicked = async {
                let element = self.client.find(Locator::Css(css)).await?;
                // a person scrolls until it is in plain sight
                let script = "arguments[0].scrollIntoView({ block: 'center' });";
                let shown = serde_json::to_value(&element)?;
                self.client.execute(script, vec![shown]).await?;
                element.click().await?;
                anyhow::Ok(())
            };
            match clicked.await {
                Ok(()) => return Ok(()),
                Err(error) if tokio::time::Instant::now() > end => {
                    let shown = self.shown().await;
                    return Err(error)
                        .with_context(|| format!("`{css}` could not be clicked\n{shown}"));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Replaces what the field holds and leaves it, as Tab does.
    pub async fn fill(&self, testid: &str, text: &str) -> Result<()> {
        self.go_to(testid)
            .await
            .with_context(|| format!("no way to `{testid}`"))?;
        self.chord(Key::Control, 'a').await?;
        self.keys(&[Key::Delete.into()]).await?;
        self.write(text).await?;
        self.keys(&[Key::Tab.into()]).await
    }

    /// Types into whatever has the focus.
    pub async fn write(&self, text: &str) -> Result<()> {
        let keys: Vec<char> = text.chars().collect();
        self.keys(&keys).await
    }

    /// Chooses one radio button of a group: the one inside the element `row` says.
    ///
    /// `group` is a selector of all rows, `row` of the wanted one.
    pub async fn choose(&self, group: &str, row: &str) -> Result<()> {
        let wanted = format!("{row} input[type=radio]");
        self.find_css(&wanted).await?;
        if self.hand == Hand::Mouse {
            return self.click(&wanted).await;
        }
        let inside = "const e = document.activeElement;
            return e !== null && e.closest(arguments[0]) !== null && e.type === 'radio';";
        let is_in = async |css: &str| -> Result<bool> {
            let value = self.client.execute(inside, vec![json!(css)]).await?;
            Ok(value.as_bool().unwrap_or_default())
        };
        // the list may be drawn anew under the focus: then the way begins again with Tab
        let mut arrows = 0u32;
        for _ in 0..300 {
            if is_in(row).await? {
                return self.keys(&[' ']).await;
            }
            // WebKit's arrows stop at the ends of a group: the wanted one may lie above
            let next = match is_in(group).await? {
                false => Key::Tab,
                true => {
                    arrows += 1;
                    if (arrows / 8).is_multiple_of(2) {
                        Key::Down
                    } else {
                        Key::Up
                    }
                }
            };
            self.keys(&[next.into()]).await?;
        }
        bail!("no arrow key leads to `{row}`")
    }

    /// Enter, until the focus is on `next`: a first Enter may take a suggestion.
    pub async fn enter_to(&self, next: &str) -> Result<()> {
        for _ in 0..3 {
            self.keys(&[Key::Enter.into()]).await?;
            for _ in 0..20 {
                if self.focused().await? == next {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
        bail!(
            "Enter did not lead to `{next}` but to `{}`",
            self.focused().await?
        )
    }

    /// Puts the cursor into a control.
    pub async fn go_to(&self, testid: &str) -> Result<()> {
        match self.hand {
            Hand::Mouse => {
                self.enabled(testid).await?;
                self.click(&selector(testid)).await
            }
            Hand::Keyboard => self.tab_to(testid).await,
        }
    }

    /// Goes to the element with Tab alone; with Shift+Tab where that is shorter.
    pub async fn tab_to(&self, testid: &str) -> Result<()> {
        self.find(testid).await?;
        for _ in 0..250 {
            if self.focused().await? == testid {
                return Ok(());
            }
            self.keys(&[Key::Tab.into()]).await?;
        }
        bail!(
            "Tab never reached `{testid}`; the focus is on `{}`",
            self.focused().await?
        )
    }

    /// Presses and releases each key in turn.
    pub async fn keys(&self, keys: &[char]) -> Result<()> {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys {
            actions = actions
                .then(KeyAction::Down { value: *key })
                .then(KeyAction::Up { value: *key });
        }
        Ok(self.client.perform_actions(actions).await?)
    }

    /// A shortcut such as Ctrl+N.
    pub async fn chord(&self, modifier: Key, key: char) -> Result<()> {
        let actions = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down {
                value: modifier.into(),
            })
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key })
            .then(KeyAction::Up {
                value: modifier.into(),
            });
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Clicks by script: ticks a box or a radio button that is not ticked, presses a button.
    pub async fn tick(&self, testid: &str) -> Result<()> {
        self.find(testid).await?;
        let script = "const e = document.querySelector(arguments[0]); if (!e.checked) e.click();";
        self.client
            .execute(script, vec![json!(selector(testid))])
            .await?;
        Ok(())
    }

    /// Clicks each of them by script, one after the other.
    pub async fn click_each(&self, css: &str) -> Result<()> {
        let script = "for (const e of document.querySelectorAll(arguments[0])) e.click();";
        self.client.execute(script, vec![json!(css)]).await?;
        Ok(())
    }

    /// Chooses an option of a select by its value.
    pub async fn choose_option(&self, testid: &str, value: &str) -> Result<()> {
        self.find(testid).await?;
        let script = "const e = document.querySelector(arguments[0]); e.value = arguments[1];
            e.dispatchEvent(new Event('change', {bubbles: true}));";
        self.client
            .execute(script, vec![json!(selector(testid)), json!(value)])
            .await?;
        Ok(())
    }

    /// Pastes into a cell what a spreadsheet would give.
    pub async fn paste(&self, testid: &str, text: &str) -> Result<()> {
        self.find(testid).await?;
        let script = "const e = document.querySelector(arguments[0]); e.focus();
            const clipboardData = new DataTransfer(); clipboardData.setData('text/plain', arguments[1]);
            e.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));";
        self.client
            .execute(script, vec![json!(selector(testid)), json!(text)])
            .await?;
        Ok(())
    }

    /// Types into each field that is there, open to typing and still blank: test id → text.
    ///
    /// By script, at once: typing key by key is what the journeys do.
    pub async fn fill_blanks(&self, fields: &[(String, String)]) -> Result<()> {
        const SCRIPT: &str = r#"for (const [id, text] of arguments[0]) {
            const e = document.querySelector(`[data-testid="${id}"]`);
            if (e === null || e.readOnly || e.value !== '') continue;
            e.focus();
            e.value = text;
            e.dispatchEvent(new Event('input', {bubbles: true}));
            e.dispatchEvent(new FocusEvent('blur'));
        }"#;
        self.client.execute(SCRIPT, vec![json!(fields)]).await?;
        Ok(())
    }

    /// Scrolls until it is in sight.
    pub async fn show(&self, testid: &str) -> Result<()> {
        self.find(testid).await?;
        let script = "document.querySelector(arguments[0]).scrollIntoView({block: 'start'});";
        self.client
            .execute(script, vec![json!(selector(testid))])
            .await?;
        Ok(())
    }
}

fn hyper_util_connector() -> hyper_util::client::legacy::connect::HttpConnector {
    hyper_util::client::legacy::connect::HttpConnector::new()
}
