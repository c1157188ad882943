import { QueryClientProvider } from "@tanstack/react-query";
import { Tooltip } from "radix-ui";
import { lazy, Suspense } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { Crash } from "./Crash";
import { type Services, ServicesContext } from "./services";

const SignInPage = lazy(() => import("../account/SignInPage"));
const SetUpPage = lazy(() => import("../account/SetUpPage"));

/** The pages for who has no identity yet: they call nothing that would give one or ask for one. */
export function Entrance({ services }: { services: Services }) {
  return (
    <Crash>
      <ServicesContext.Provider value={services}>
        <QueryClientProvider client={services.queries}>
          <Tooltip.Provider delayDuration={350}>
            <BrowserRouter>
              <Suspense fallback={null}>
                <Routes>
                  <Route path="sign-in" element={<SignInPage key="in" />} />
                  <Route path="sign-up" element={<SignInPage key="up" makesAccount />} />
                  <Route path="setup" element={<SetUpPage />} />
                </Routes>
              </Suspense>
            </BrowserRouter>
          </Tooltip.Provider>
        </QueryClientProvider>
      </ServicesContext.Provider>
    </Crash>
  );
}
