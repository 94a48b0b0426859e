import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { type Column, List } from "./list";

afterEach(cleanup);

it("opens a row by a click on it, not by one on a link or a button within it", () => {
  const opened = vi.fn();
  const columns: Column<string>[] = [
    { key: "name", title: "Name", width: "1fr", cell: (row) => <span>{row}</span> },
    { key: "link", title: "Link", width: "1fr", cell: () => <a href="#there">a way out</a> },
    {
      key: "button",
      title: "Button",
      width: "1fr",
      cell: () => (
        <button type="button">
          <span>do it</span>
        </button>
      ),
    },
    {
      key: "own",
      title: "Own",
      width: "1fr",
      // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: it is the test's alone
      cell: () => <span onClick={(event) => event.preventDefault()}>taken</span>,
    },
  ];
  render(<List label="Rows" columns={columns} rows={["one"]} rowKey={(row) => row} onOpen={opened} />);
  fireEvent.click(screen.getByText("a way out"));
  fireEvent.click(screen.getByText("a way out"), { ctrlKey: true });
  fireEvent.click(screen.getByText("do it"));
  fireEvent.click(screen.getByText("taken"));
  expect(opened).not.toHaveBeenCalled();
  fireEvent.click(screen.getByText("one"));
  expect(opened).toHaveBeenCalledExactlyOnceWith("one");
});
