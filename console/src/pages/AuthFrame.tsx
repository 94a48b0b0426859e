import type { ReactElement, ReactNode } from "react";
import { Logo } from "~/ui/icons";

/** The frame of log-in and set-up. */
export function AuthFrame({
  title,
  about,
  children,
}: {
  title: string;
  about: ReactNode;
  children: ReactNode;
}): ReactElement {
  return (
    <div className="flex min-h-full flex-col items-center justify-center px-4 py-12">
      <div className="w-full max-w-[340px]">
        <div className="mb-6 flex flex-col items-center gap-3 text-center">
          <Logo size={40} />
          <div>
            <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
            <p className="mt-1 text-ink-2">{about}</p>
          </div>
        </div>
        {children}
      </div>
    </div>
  );
}
