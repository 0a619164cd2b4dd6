// Shows /openapi.json as a list of calls, each with a form that makes the call.
"use strict";

const make = (name, content = "", parent = null) => {
  const node = document.createElement(name);
  node.textContent = content;
  if (parent) parent.append(node);
  return node;
};

const address = (path, parameters, form) => {
  const query = new URLSearchParams();
  for (const { name, in: place } of parameters) {
    const value = form.elements[name].value.trim();
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value).replaceAll("%2F", "/"));
    else if (value) query.append(name, value);
  }
  return query.size ? `${path}?${query}` : path;
};

const call = (path, verb, operation, place) => {
  const details = make("details", "", place);
  const summary = make("summary", "", details);
  make("b", verb.toUpperCase(), summary);
  make("span", `${path} `, summary);
  make("i", operation.summary, summary);
  const form = make("form", "", details);
  const parameters = operation.parameters ?? [];
  for (const { name, description, required } of parameters) {
    const label = make("label", name, form);
    const input = make("input", "", label);
    Object.assign(input, { name, required: Boolean(required), placeholder: description ?? "" });
  }
  let body = null;
  if (operation.requestBody) {
    body = make("textarea", "{}", make("label", "body", form));
    body.rows = 6;
  }
  make("button", "Ask", form);
  const answer = make("pre", "", details);
  answer.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    answer.hidden = false;
    try {
      const options = body ? { method: "POST", body: body.value, headers: { "content-type": "application/json" } } : {};
      const response = await fetch(address(path, parameters, form), options);
      answer.textContent = `${response.status}\n${JSON.stringify(await response.json(), null, 2)}`;
    } catch (error) {
      answer.textContent = String(error);
    }
  });
};

const show = async () => {
  const description = await (await fetch("/openapi.json")).json();
  const main = document.querySelector("main");
  make("h1", description.info.title, main);
  make("p", description.info.description, main);
  const places = new Map();
  for (const [path, verbs] of Object.entries(description.paths)) {
    for (const [verb, operation] of Object.entries(verbs)) {
      const [service] = operation.tags;
      if (!places.has(service)) {
        const section = make("section", "", main);
        make("h2", service, section);
        places.set(service, section);
      }
      call(path, verb, operation, places.get(service));
    }
  }
};

show();
