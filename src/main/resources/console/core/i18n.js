// All texts come from a dictionary for each language, chosen by the browser's setting or the switch.
import en from "../lang/en.js";
import zh from "../lang/zh.js";

const DICTIONARIES = { en, zh };
const KEY = "xcron.lang";

const wanted = localStorage.getItem(KEY) ?? navigator.language.slice(0, 2).toLowerCase();
export const language = wanted in DICTIONARIES ? wanted : "en";
document.documentElement.lang = language === "zh" ? "zh-CN" : "en";

/** The text of a key; {name} stands for a value. An unknown key is shown as it is. */
export function t(key, values = {}) {
  const text = DICTIONARIES[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The text of a word that the server chose, such as a state; the word itself when it is new. */
export function word(group, value) {
  return DICTIONARIES[language][`${group}.${value}`] ?? String(value);
}

export function choose(other) {
  localStorage.setItem(KEY, other);
  location.reload();
}
