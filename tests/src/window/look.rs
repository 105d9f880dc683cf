//! What the window shows now, and waiting until it shows something.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::Locator;
use fantoccini::elements::Element;
use serde_json::{Value, json};

use super::shown::SILENCE;
use super::{PATIENCE, Window, selector};

impl Window {
    /// Waits until the element is there.
    pub async fn find(&self, testid: &str) -> Result<Element> {
        self.find_css(&selector(testid))
            .await
            .with_context(|| format!("`{testid}` did not appear"))
    }

    /// Waits until something matches; a page that answers nothing at all is waited for no longer.
    pub(super) async fn find_css(&self, css: &str) -> Result<Element> {
        let wait = self.client.wait().at_most(PATIENCE);
        let wait = wait.every(Duration::from_millis(50));
        let found = wait.for_element(Locator::Css(css));
        let why = match tokio::time::timeout(PATIENCE + SILENCE, found).await {
            Ok(Ok(element)) => return Ok(element),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the page did not answer".to_owned(),
        };
        bail!("no `{css}`: {why}\n{}", self.shown().await)
    }

    /// Waits until what the page holds now is drawn, for pictures.
    pub async fn painted(&self) -> Result<()> {
        let script = "const done = arguments[arguments.length - 1];
            document.fonts.ready.then(() =>
                requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))));";
        self.client.execute_async(script, vec![]).await?;
        Ok(())
    }

    /// Whether the element is there now.
    pub async fn has(&self, testid: &str) -> Result<bool> {
        Ok(!self
            .client
            .find_all(Locator::Css(&selector(testid)))
            .await?
            .is_empty())
    }

    /// The text, or the value of an input, as the window holds it now.
    pub async fn read(&self, testid: &str) -> Result<String> {
        self.find(testid).await?;
        let script = "const e = document.querySelector(arguments[0]);
            return e === null ? '' : ('value' in e && e.tagName !== 'BUTTON' && e.tagName !== 'LI'
                ? e.value : e.innerText);";
        let value = self
            .client
            .execute(script, vec![json!(selector(testid))])
            .await?;
        Ok(value.as_str().unwrap_or_default().trim().to_owned())
    }

    /// Waits until the text holds `part`.
    pub async fn wait_until(&self, testid: &str, part: &str) -> Result<String> {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let now = if self.has(testid).await? {
                self.read(testid).await?
            } else {
                String::new()
            };
            if now.contains(part) && self.has(testid).await? {
                return Ok(now);
            }
            if tokio::time::Instant::now() > end {
                let shown = self.shown().await;
                bail!("`{testid}` reads {now:?} and never held {part:?}\n{shown}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the element is gone.
    pub async fn wait_gone(&self, testid: &str) -> Result<()> {
        let end = tokio::time::Instant::now() + PATIENCE;
        while self.has(testid).await? {
            if tokio::time::Instant::now() > end {
                bail!("`{testid}` stayed\n{}", self.shown().await);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// In one step in the page: between finding and asking the element may be drawn anew.
    pub(super) async fn attribute(&self, testid: &str, name: &str) -> Result<Option<String>> {
        self.find(testid).await?;
        let script = "const e = document.querySelector(arguments[0]);
            return e === null ? null : e.getAttribute(arguments[1]);";
        let asked = vec![json!(selector(testid)), json!(name)];
        Ok(self
            .client
            .execute(script, asked)
            .await?
            .as_str()
            .map(str::to_owned))
    }

    /// Waits until the control can be used.
    pub(super) async fn enabled(&self, testid: &str) -> Result<Element> {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let element = self.find(testid).await?;
            if element.is_enabled().await.unwrap_or(false) {
                return Ok(element);
            }
            if tokio::time::Instant::now() > end {
                bail!("`{testid}` stayed disabled\n{}", self.shown().await);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// An attribute as it is now; empty where there is none.
    pub async fn data(&self, testid: &str, name: &str) -> Result<String> {
        Ok(self.attribute(testid, name).await?.unwrap_or_default())
    }

    /// Waits until the attribute is `wanted`.
    pub async fn wait_data(&self, testid: &str, name: &str, wanted: &str) -> Result<()> {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let css = format!("{}[{name}=\"{wanted}\"]", selector(testid));
            if !self.client.find_all(Locator::Css(&css)).await?.is_empty() {
                return Ok(());
            }
            if tokio::time::Instant::now() > end {
                let now = self.data(testid, name).await.unwrap_or_default();
                let shown = self.shown().await;
                bail!("`{testid}` has {name}={now:?} and never {wanted:?}\n{shown}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The test id of what has the focus.
    pub async fn focused(&self) -> Result<String> {
        let script = "const e = document.activeElement;
            return e === null ? '' : (e.getAttribute('data-testid') || '');";
        let value = self.client.execute(script, vec![]).await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// How many elements of the page match now.
    pub async fn count(&self, css: &str) -> Result<usize> {
        let script = "return document.querySelectorAll(arguments[0]).length;";
        let found = self.client.execute(script, vec![json!(css)]).await?;
        Ok(serde_json::from_value(found)?)
    }

    /// Waits until something matches.
    pub async fn wait_for(&self, css: &str) -> Result<()> {
        let end = tokio::time::Instant::now() + PATIENCE;
        while self.count(css).await? == 0 {
            if tokio::time::Instant::now() > end {
                bail!("nothing ever matched `{css}`\n{}", self.shown().await);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Runs `script` in the page; it calls its last argument with the result.
    pub async fn measure(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute_async(script, arguments).await?)
    }

    /// The errors among the findings of the voucher at hand, in words.
    pub async fn errors(&self) -> Result<Vec<String>> {
        const SCRIPT: &str = "return [...document.querySelectorAll('.finding.bad')]
            .map(e => `${e.dataset.code}: ${e.textContent}`);";
        let found = self.client.execute(SCRIPT, vec![]).await?;
        Ok(serde_json::from_value(found)?)
    }

    /// Waits until there are that many.
    pub async fn wait_count(&self, css: &str, wanted: usize, most: Duration) -> Result<()> {
        let end = tokio::time::Instant::now() + most;
        loop {
            let now = self.count(css).await?;
            if now == wanted {
                return Ok(());
            }
            if tokio::time::Instant::now() > end {
                bail!(
                    "{now} of `{css}` and never {wanted}\n{}",
                    self.shown().await
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until a control's text or value is `wanted`.
    pub async fn wait_value(&self, testid: &str, wanted: &str) -> Result<()> {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let now = self.read(testid).await?;
            if now == wanted {
                return Ok(());
            }
            if tokio::time::Instant::now() > end {
                let shown = self.shown().await;
                bail!("`{testid}` reads {now:?} and never {wanted:?}\n{shown}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What does not fit: a page wider than the window, a word cut off without an ellipsis, a control
    /// beyond the edge that no scrolling brings back, a column beside that scrolls sideways.
    pub async fn cut(&self) -> Result<Vec<String>> {
        const SCRIPT: &str = r"
            const out = [];
            const width = document.documentElement.scrollWidth;
            if (width > innerWidth) out.push(`the page is ${width} wide`);
            const scrolls = e => {
                for (let a = e.parentElement; a; a = a.parentElement) {
                    const way = getComputedStyle(a).overflowX;
                    if ((way === 'auto' || way === 'scroll') && a.scrollWidth > a.clientWidth) return true;
                }
                return false;
            };
            const inside = document.querySelector('dialog[open]') ?? document;
            for (const e of inside.querySelectorAll('.aside'))
                if (e.scrollWidth > e.clientWidth) out.push(`beside: ${e.scrollWidth} in ${e.clientWidth}`);
            for (const e of inside.querySelectorAll('button, h1, h2, h3, label, th, dt, summary, .tag, input, select')) {
                const box = e.getBoundingClientRect();
                if (box.width === 0 || box.height === 0) continue;
                const style = getComputedStyle(e);
                const words = e.innerText || e.dataset.testid || e.tagName;
                const typed = e.tagName === 'INPUT' || e.tagName === 'SELECT';
                if (!typed && style.display !== 'inline' && style.textOverflow !== 'ellipsis'
                    && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
                    out.push(`cut: ${words}`);
                if (box.right > innerWidth + 1 && !scrolls(e)) out.push(`beyond the edge: ${words}`);
            }
            return out;";
        let found = self.client.execute(SCRIPT, vec![]).await?;
        Ok(serde_json::from_value(found)?)
    }

    /// All texts of the window, for the record of a failure.
    pub async fn whole_text(&self) -> String {
        let script = "return document.body.innerText;";
        match self.client.execute(script, vec![]).await {
            Ok(value) => value.as_str().unwrap_or_default().to_owned(),
            Err(error) => format!("(the window does not answer: {error})"),
        }
    }
}
