// Exchanges the token in the address (#pair=…) for a cookie. The fragment stays in the phone; only the token is posted.

const message = document.getElementById("message");
const token = new URLSearchParams(location.hash.slice(1)).get("pair");

async function pair() {
  message.textContent = "Pairing…";
  history.replaceState(null, "", "/"); // the token is not left in the history
  try {
    const answer = await fetch("/api/pair", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    if (answer.ok) {
      location.replace("/");
      return;
    }
    message.textContent = (await answer.json()).error;
  } catch {
    message.textContent = "The device can't be reached; try again.";
  }
}

if (token) pair();
