"use strict";
// The list of all releases: finding, sorting and saving; and the warning when the page is old. Nothing is fetched.
(() => {
  const rows = JSON.parse(document.getElementById("all-data").textContent);
  const columns = JSON.parse(document.getElementById("all-columns").textContent);
  const body = document.querySelector("#all-rows tbody");
  const find = document.getElementById("find");
  const MOST = 100;
  const plain = (text) => String(text ?? "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = rows.map((row) => plain(row.filter((_, at) => !columns[at].is_number).join(" ")));
  let shown = rows.map((_, at) => at);
  let sorted = { at: -1, up: true };

  const said = (value, column) =>
    value === null ? "–"
      : column.is_share ? `${Math.round(100 * value)}%`
      : column.is_number ? value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 })
      : String(value);

  const draw = () => {
    body.replaceChildren(...shown.slice(0, MOST).map((at) => {
      const line = document.createElement("tr");
      rows[at].forEach((value, place) => {
        const cell = line.insertCell();
        cell.textContent = said(value, columns[place]);
        cell.dataset.label = columns[place].name;
        if (columns[place].is_number) cell.className = "n";
      });
      return line;
    }));
    const more = shown.length > MOST ? `, ${MOST} of them are shown` : "";
    document.getElementById("found").textContent = `${shown.length.toLocaleString("en")} releases${more}`;
  };

  const choose = () => {
    const words = plain(find.value).split(/\s+/).filter(Boolean);
    shown = rows.map((_, at) => at).filter((at) => words.every((word) => texts[at].includes(word)));
    if (sorted.at >= 0) {
      const turn = sorted.up ? 1 : -1;
      shown.sort((one, other) => {
        const [a, b] = [rows[one][sorted.at], rows[other][sorted.at]];
        if (a === null || b === null) return (a === null) - (b === null);
        return turn * (typeof a === "number" ? a - b : String(a).localeCompare(String(b)));
      });
    }
    draw();
  };

  document.querySelectorAll("#all-rows .sort").forEach((button, at) => button.addEventListener("click", () => {
    sorted = { at, up: sorted.at === at ? !sorted.up : !columns[at].is_number };
    choose();
  }));
  find.addEventListener("input", choose);
  document.getElementById("save").addEventListener("click", () => {
    const quoted = (value) => {
      if (typeof value === "number") return String(value);
      const text = String(value ?? "").replace(/^(?=[=+\-@\t\r＝＋－＠])/, "'");  // a spreadsheet would run it
      return /[",\n;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const lines = [columns.map((one) => one.name), ...shown.map((at) => rows[at])].map((line) => line.map(quoted).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
    link.download = "forecast.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  draw();
})();
