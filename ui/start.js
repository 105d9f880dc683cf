// The words here are the only ones outside the page: they are shown where the page cannot be.
function alone(words) {
  const said = document.createElement('p');
  said.textContent = words;
  const again = document.createElement('button');
  again.textContent = 'Mở lại màn hình';
  again.className = 'btn main';
  again.dataset.testid = 'btn-reload';
  again.addEventListener('click', () => location.reload());
  const card = document.createElement('div');
  card.className = 'card alone-card';
  card.append(said, again);
  const screen = document.createElement('main');
  screen.className = 'alone';
  screen.dataset.testid = 'screen-stopped';
  screen.append(card);
  document.body.replaceChildren(screen);
  again.focus();
}

// A program that trapped stays as it was shown and answers no key any more.
function stopped(error) {
  if (error instanceof WebAssembly.RuntimeError) {
    alone('Màn hình gặp lỗi và đã dừng. Những gì đã cất vẫn nguyên vẹn; mở lại màn hình để làm tiếp.');
  }
}
addEventListener('error', (event) => stopped(event.error));
addEventListener('unhandledrejection', (event) => stopped(event.reason));

try {
  const { default: init } = await import('./ui.js');
  await init({ module_or_path: new URL('./ui_bg.wasm', import.meta.url) });
} catch (error) {
  console.error(error);
  alone('Chưa mở được màn hình của chương trình. Dữ liệu vẫn nguyên vẹn.');
}
