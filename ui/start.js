// The words here are the only ones outside the page: they are shown where the page cannot be.
try {
  const { default: init } = await import('./ui.js');
  await init({ module_or_path: new URL('./ui_bg.wasm', import.meta.url) });
} catch (error) {
  console.error(error);
  const words = document.createElement('p');
  words.textContent = 'Chưa mở được màn hình của chương trình. Dữ liệu vẫn nguyên vẹn.';
  const again = document.createElement('button');
  again.textContent = 'Mở lại màn hình';
  again.className = 'btn main';
  again.dataset.testid = 'btn-reload';
  again.addEventListener('click', () => location.reload());
  const screen = document.createElement('main');
  screen.className = 'alone';
  screen.dataset.testid = 'screen-not-loaded';
  const card = document.createElement('div');
  card.className = 'card alone-card';
  card.append(words, again);
  screen.append(card);
  document.body.append(screen);
}
