# ---
# jupyter:
#   xrlearn:
#     title:
#       en: Make an X-ray
#       zh: 制作一张 X 线片
# ---

# %% [markdown] lang="en" tags=["notebook"]
# # Make an X-ray
#
# [中文](zh/make-an-x-ray.ipynb)

# %% [markdown] lang="zh" tags=["notebook"]
# # 制作一张 X 线片
#
# [English](../make-an-x-ray.ipynb)

# %% [markdown] lang="en" tags=["read"]
# Before a machine reads films, it is worth making one. In a quarter of an hour you will film a wrist that exists only
# in this computer: bones of known shape, a fracture of known size, a tube whose voltage you set. Because the patient
# was made, the truth is known for every pixel, and you can ask what no collection of films can answer: what would
# *the same* patient look like in another hospital?

# %% [markdown] lang="zh" tags=["read"]
# 在让机器阅片之前，不妨先制作一张。接下来的一刻钟里，您将拍摄一个只存在于这台电脑中的腕部：骨骼形状已知，骨折大小
# 已知，管电压由您设定。患者是模拟的，因此每个像素的真值都是已知的，您可以提出任何影像数据集都无法回答的问题：
# *同一位*患者在另一家医院拍片会是什么样子？

# %% [markdown] lang="en" tags=["notebook"]
# Click into a grey cell, press **Shift + Enter**, and read on. For teaching. Not for diagnosis.

# %% [markdown] lang="zh" tags=["notebook"]
# 点击灰色单元格，按 **Shift + Enter** 运行，然后继续阅读。仅供教学，不得用于诊断。

# %%
from xrlearn.labs import lesson

lesson.begin()
from xrlearn import phantom

# %% [markdown] lang="en"
# ## A patient, a film, the truth
#
# One line makes a film of a 60-year-old woman who fell on her outstretched hand. It gives two things: the film, and
# everything that is known about it.

# %% [markdown] lang="zh"
# ## 患者、影像、真值
#
# 一行代码即可拍摄一位手掌撑地跌倒的 60 岁女性，得到两样东西：影像，以及关于它的全部真值。

# %%
patient = {"patient": 7, "lesion": "colles", "subtlety": 0.1, "age_years": 60, "sex": "F"}
film, truth = phantom.make("wrist", "PA", **patient)
lateral, _ = phantom.make("wrist", "lateral", **patient)
lesson.side_by_side([film, lateral])

# %% [markdown] lang="en"
# The truth holds labels, measurements in millimetres and degrees, the outline of every bone, and where the fracture
# lies. A radiologist would measure the volar tilt on the lateral film with a ruler; here it comes from the bone itself.

# %% [markdown] lang="zh"
# 真值包括标签、以毫米和度计的测量值、每块骨的轮廓，以及骨折的位置。放射科医师要在侧位片上用尺测量掌倾角；这里的
# 数值直接来自骨骼本身。

# %%
truth.labels, truth.measurements, truth.boxes

# %% [markdown] lang="en" tags=["read"]
# ## Three things that change the film and not the patient
#
# **Voltage.** Slow radiation is absorbed by calcium far more than by water; fast radiation hardly distinguishes them.
# At 90 kV the bones of a wrist turn pale.
#
# **Dose.** Radiation arrives in grains. With a twentieth of the dose, chance decides how many fall on a pixel, and a
# fine line drowns.
#
# **Pixels.** What is smaller than a pixel is averaged away.

# %% [markdown] lang="zh" tags=["read"]
# ## 改变影像而不改变患者的三件事
#
# **电压。** 软射线被钙吸收的程度远高于被水吸收；硬射线则几乎不区分两者。90 kV 时，腕骨变得浅淡。
#
# **剂量。** 射线是一粒一粒到达的。剂量降到二十分之一时，每个像素上落下多少全凭偶然，细线便被淹没。
#
# **像素。** 小于一个像素的结构会被平均掉。

# %%
usual = phantom.SITES["modern_dr"]
hard = phantom.with_settings(usual, kvp=90.0)
faint = phantom.with_settings(usual, exposure_ugy=0.25)
films = [phantom.make("wrist", "PA", site=site, **patient)[0] for site in (usual, hard, faint)]
coarse, _ = phantom.make("wrist", "PA", size=64, **patient)
lesson.side_by_side([*films, coarse])

# %% [markdown] lang="en"
# ## The same wrist in seven hospitals
#
# Every hospital has its tube, its detector, and a manufacturer who decides how grey becomes grey. To you these are
# obviously one wrist. To a network that learned in one of them, they are seven kinds of numbers.

# %% [markdown] lang="zh"
# ## 同一腕部，七家医院
#
# 每家医院都有自己的球管和探测器，灰度如何呈现由厂家决定。您一眼就能看出这是同一个腕部；而对只在其中一家医院学习过
# 的网络来说，这是七种不同的数值。

# %%
lesson.side_by_side([phantom.make("wrist", "PA", site=name, **patient)[0] for name in phantom.SITES])

# %% [markdown] lang="en"
# ## From obvious to occult
#
# How hard a fracture is to see is a number here: the gap, the step and the angle shrink together. Where do you stop
# seeing it? Where would you stop *believing* a network that claims to see it?

# %% [markdown] lang="zh"
# ## 从明显到隐匿
#
# 在这里，骨折有多难看见是一个数值：间隙、台阶和成角同时缩小。到哪一步您就看不到了？到哪一步您就不再*相信*声称看得到
# 的网络了？

# %%
steps = [phantom.make("wrist", "PA", **{**patient, "subtlety": s})[0] for s in (0.0, 0.3, 0.6, 0.9)]
lesson.side_by_side(steps)

# %% [markdown] lang="en"
# ## What it cannot do
#
# These films are good enough to learn with, and they are not real. The simulator knows the fractures that we wrote into
# it; a real fall is more inventive. What is measured on simulated films has to be measured again on real ones.
#
# ## The lab
#
# Move one thing at a time. Say first what you expect.

# %% [markdown] lang="zh"
# ## 它做不到什么
#
# 这些影像足以用来学习，但并不是真的。模拟程序只知道我们写入的骨折；真实的跌倒花样更多。在模拟影像上得到的结果，必
# 须在真实影像上重新评估。
#
# ## 实验
#
# 每次只改动一项，先说出您的预期。

# %% tags=["lab"]
from xrlearn.labs import make_an_xray

lab = make_an_xray.show()

# %% [markdown] lang="en" tags=["showed"]
# ## What it showed
#
# The same fracture can be plain, doubtful or invisible, and nothing about the patient has changed: only voltage, dose,
# pixels or hospital. A network sees every one of these changes as a different film. Before you believe a figure, ask on
# which of these films it was measured.

# %% [markdown] lang="zh" tags=["showed"]
# ## 它说明了什么
#
# 同一处骨折可以明显、可疑或完全看不见，而患者丝毫未变：变的只是电压、剂量、像素或医院。对网络来说，每一种变化都是
# 另一张影像。在相信一个数值之前，先问它是在哪一种影像上测得的。
